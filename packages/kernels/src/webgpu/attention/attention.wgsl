// out = softmax(scale·Q·Kᵀ)·V for each batch and head, and the logarithm of each softmax's denominator.
//
// Layout     q, k, v: token t of batch b begins at offset + (b·tokens + t)·stride, and holds heads·HEAD_SIZE floats. They may be one
//            buffer. out: [batch, queries, heads·HEAD_SIZE]. logSumExp: [batch, heads, queries].
// Division   one query per invocation, which keeps the query and its sum of values in registers and goes over the keys, four at a time.
//            All invocations of a workgroup read the same key at the same time. Workgroup (x, y, z): queries from x·LANES on,
//            head y, batch z. The matrix of scores is never in memory.
// Formula    online softmax (Milakov and Gimelshein 2018; Dao et al. 2022): with m the largest score so far and m′ that of the
//            next four included, Σ ← e^(m−m′)·Σ + Σⱼ e^(sⱼ−m′)·(1, vⱼ). Arguments of exp lie in [−87, 0]: no infinities.
// Requires   HEAD_SIZE in 4·VECTORS−3 … 4·VECTORS and params.vectors = VECTORS. With UNROLL, the loops over a head end at VECTORS, so
//            that a compiler unrolls them and keeps arrays in registers; without, they end at params.vectors, because compilers for
//            processors take very long to unroll them. ALIGNED only if HEAD_SIZE and all offsets and strides are multiples of 4.

override LANES: u32 = 32;
override HEAD_SIZE: u32 = 64;
override ALIGNED: bool = true;
override UNROLL: bool = true;

//#slot VECTORS
const VECTORS = 16u;
//#end

const LOWEST = -3.4e38;
const SMALLEST_EXPONENT = -87.0;
const FOUR = vec4u(0, 1, 2, 3);

struct Params {
  heads: u32,
  queries: u32,
  keys: u32,
  scale: f32,
  offsetQ: u32,
  strideQ: u32,
  offsetK: u32,
  strideK: u32,
  offsetV: u32,
  strideV: u32,
  vectors: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<vec4f>;
@group(0) @binding(2) var<storage, read> k: array<vec4f>;
@group(0) @binding(3) var<storage, read> v: array<vec4f>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;
@group(0) @binding(5) var<storage, read_write> logSumExp: array<f32>;

// Four floats out of two vectors, from float `by` on, as vector i of a head: floats beyond the head become 0.
fn shifted(low: vec4f, high: vec4f, by: u32, i: u32) -> vec4f {
  var floats = low;
  if (by == 1) {
    floats = vec4f(low.yzw, high.x);
  } else if (by == 2) {
    floats = vec4f(low.zw, high.xy);
  } else if (by == 3) {
    floats = vec4f(low.w, high.xyz);
  }
  return select(vec4f(), floats, 4 * i + FOUR < vec4u(HEAD_SIZE));
}

// Vector i of the head that begins at float `at`.
fn vectorOfQ(at: u32, i: u32) -> vec4f {
  let j = at / 4 + i;
  if (ALIGNED) {
    return q[j];
  }
  return shifted(q[j], q[j + 1], at % 4, i);
}

fn vectorOfK(at: u32, i: u32) -> vec4f {
  let j = at / 4 + i;
  if (ALIGNED) {
    return k[j];
  }
  return shifted(k[j], k[j + 1], at % 4, i);
}

fn vectorOfV(at: u32, i: u32) -> vec4f {
  let j = at / 4 + i;
  if (ALIGNED) {
    return v[j];
  }
  return shifted(v[j], v[j + 1], at % 4, i);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let vectors = select(params.vectors, VECTORS, UNROLL);
  // An invocation past the end does the last one's work, and stores nothing: control flow stays uniform.
  let index = group.x * LANES + lane;
  let query = min(index, params.queries - 1);
  let head = group.y * HEAD_SIZE;
  let atQ = params.offsetQ + (group.z * params.queries + query) * params.strideQ + head;
  var queryVectors: array<vec4f, VECTORS>;
  var sums: array<vec4f, VECTORS>;
  for (var i = 0u; i < vectors; i++) {
    queryVectors[i] = params.scale * vectorOfQ(atQ, i);
    sums[i] = vec4f();
  }
  var largest = LOWEST;
  var denominator = 0.0;
  for (var first = 0u; first < params.keys; first += 4) {
    let token = group.z * params.keys + min(first + FOUR, vec4u(params.keys - 1));
    let atK = params.offsetK + token * params.strideK + head;
    let atV = params.offsetV + token * params.strideV + head;
    var scores = vec4f();
    for (var i = 0u; i < vectors; i++) {
      let x = queryVectors[i];
      scores += vec4f(
        dot(x, vectorOfK(atK.x, i)),
        dot(x, vectorOfK(atK.y, i)),
        dot(x, vectorOfK(atK.z, i)),
        dot(x, vectorOfK(atK.w, i)),
      );
    }
    // A key past the end repeats the last one, and then weighs nothing.
    let pair = max(scores.xy, scores.zw);
    let next = max(largest, max(pair.x, pair.y));
    let present = first + FOUR < vec4u(params.keys);
    let weights = select(vec4f(), exp(max(scores - next, vec4f(SMALLEST_EXPONENT))), present);
    let decay = exp(max(largest - next, SMALLEST_EXPONENT));
    largest = next;
    denominator = denominator * decay + dot(weights, vec4f(1.0));
    for (var i = 0u; i < vectors; i++) {
      var sum = sums[i] * decay;
      sum += weights.x * vectorOfV(atV.x, i);
      sum += weights.y * vectorOfV(atV.y, i);
      sum += weights.z * vectorOfV(atV.z, i);
      sum += weights.w * vectorOfV(atV.w, i);
      sums[i] = sum;
    }
  }
  if (index >= params.queries) {
    return;
  }
  let atOut = ((group.z * params.queries + query) * params.heads + group.y) * HEAD_SIZE;
  for (var i = 0u; i < vectors; i++) {
    let mean = sums[i] / denominator;
    for (var j = 0u; j < 4 && 4 * i + j < HEAD_SIZE; j++) {
      out[atOut + 4 * i + j] = mean[j];
    }
  }
  logSumExp[(group.z * params.heads + group.y) * params.queries + query] = largest + log(denominator);
}
