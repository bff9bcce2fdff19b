// The gradients of attention by the keys and the values.
//
// Layout     q, k, v: as in attention.wgsl. dout: [batch, queries, heads·HEAD_SIZE]. dk, dv: [batch, keys, heads·HEAD_SIZE].
//            logSumExp, delta: [batch, heads, queries].
// Division   one key per invocation, which keeps k, v and both gradients of it in registers and goes over the queries, four at a
//            time. All invocations of a workgroup read the same query at the same time. Workgroup (x, y, z): keys from x·LANES on,
//            head y, batch z.
// Formula    pᵢ = e^(scale·qᵢ·k − logSumExpᵢ), dsᵢ = pᵢ·(doutᵢ·v − deltaᵢ), dv = Σᵢ pᵢ·doutᵢ, dk = scale·Σᵢ dsᵢ·qᵢ
//            (Dao et al. 2022, appendix B).
// Requires   HEAD_SIZE in 4·VECTORS−3 … 4·VECTORS and params.vectors = VECTORS. With UNROLL, the loops over a head end at VECTORS, so
//            that a compiler unrolls them and keeps arrays in registers; without, they end at params.vectors, because compilers for
//            processors take very long to unroll them. ALIGNED only if HEAD_SIZE and all offsets and strides are multiples of 4;
//            delta from attention-gradient-q.wgsl.

override LANES: u32 = 32;
override HEAD_SIZE: u32 = 64;
override ALIGNED: bool = true;
override UNROLL: bool = true;

//#slot VECTORS
const VECTORS = 16u;
//#end

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
@group(0) @binding(4) var<storage, read> logSumExp: array<f32>;
@group(0) @binding(5) var<storage, read> delta: array<f32>;
@group(0) @binding(6) var<storage, read> dout: array<vec4f>;
@group(0) @binding(7) var<storage, read_write> dk: array<f32>;
@group(0) @binding(8) var<storage, read_write> dv: array<f32>;

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

fn vectorOfDout(at: u32, i: u32) -> vec4f {
  let j = at / 4 + i;
  if (ALIGNED) {
    return dout[j];
  }
  return shifted(dout[j], dout[j + 1], at % 4, i);
}

fn fourOfLogSumExp(row: vec4u) -> vec4f {
  return vec4f(logSumExp[row.x], logSumExp[row.y], logSumExp[row.z], logSumExp[row.w]);
}

fn fourOfDelta(row: vec4u) -> vec4f {
  return vec4f(delta[row.x], delta[row.y], delta[row.z], delta[row.w]);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let vectors = select(params.vectors, VECTORS, UNROLL);
  // An invocation past the end does the last one's work, and stores nothing: control flow stays uniform.
  let index = group.x * LANES + lane;
  let key = min(index, params.keys - 1);
  let head = group.y * HEAD_SIZE;
  let token = group.z * params.keys + key;
  var keyVectors: array<vec4f, VECTORS>;
  var valueVectors: array<vec4f, VECTORS>;
  var keySums: array<vec4f, VECTORS>;
  var valueSums: array<vec4f, VECTORS>;
  for (var i = 0u; i < vectors; i++) {
    keyVectors[i] = params.scale * vectorOfK(params.offsetK + token * params.strideK + head, i);
    valueVectors[i] = vectorOfV(params.offsetV + token * params.strideV + head, i);
    keySums[i] = vec4f();
    valueSums[i] = vec4f();
  }
  for (var first = 0u; first < params.queries; first += 4) {
    let query = min(first + FOUR, vec4u(params.queries - 1));
    let atQ = params.offsetQ + (group.z * params.queries + query) * params.strideQ + head;
    let atOut = ((group.z * params.queries + query) * params.heads + group.y) * HEAD_SIZE;
    var scores = vec4f();
    var dp = vec4f();
    for (var i = 0u; i < vectors; i++) {
      let x = keyVectors[i];
      scores += vec4f(
        dot(x, vectorOfQ(atQ.x, i)),
        dot(x, vectorOfQ(atQ.y, i)),
        dot(x, vectorOfQ(atQ.z, i)),
        dot(x, vectorOfQ(atQ.w, i)),
      );
      let y = valueVectors[i];
      dp += vec4f(
        dot(y, vectorOfDout(atOut.x, i)),
        dot(y, vectorOfDout(atOut.y, i)),
        dot(y, vectorOfDout(atOut.z, i)),
        dot(y, vectorOfDout(atOut.w, i)),
      );
    }
    // A query past the end repeats the last one, and then counts for nothing.
    let present = first + FOUR < vec4u(params.queries);
    let row = (group.z * params.heads + group.y) * params.queries + query;
    let p = select(vec4f(), exp(max(scores - fourOfLogSumExp(row), vec4f(SMALLEST_EXPONENT))), present);
    let ds = params.scale * p * (dp - fourOfDelta(row));
    for (var i = 0u; i < vectors; i++) {
      var keySum = keySums[i];
      keySum += ds.x * vectorOfQ(atQ.x, i);
      keySum += ds.y * vectorOfQ(atQ.y, i);
      keySum += ds.z * vectorOfQ(atQ.z, i);
      keySum += ds.w * vectorOfQ(atQ.w, i);
      keySums[i] = keySum;
      var valueSum = valueSums[i];
      valueSum += p.x * vectorOfDout(atOut.x, i);
      valueSum += p.y * vectorOfDout(atOut.y, i);
      valueSum += p.z * vectorOfDout(atOut.z, i);
      valueSum += p.w * vectorOfDout(atOut.w, i);
      valueSums[i] = valueSum;
    }
  }
  if (index >= params.keys) {
    return;
  }
  let at = (token * params.heads + group.y) * HEAD_SIZE;
  for (var i = 0u; i < vectors; i++) {
    let keySum = keySums[i];
    let valueSum = valueSums[i];
    for (var j = 0u; j < 4 && 4 * i + j < HEAD_SIZE; j++) {
      dk[at + 4 * i + j] = keySum[j];
      dv[at + 4 * i + j] = valueSum[j];
    }
  }
}
