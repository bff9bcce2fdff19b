// What the first query of each picture reads from each key: the terms of its attention.
//
// Layout     q, k, v: the vector of head h of token t of picture b begins at offset + (b·tokens + t)·stride + h·headSize; q has `queries`
//            tokens, k and v have `keys`. terms: [batch, keys, heads·headSize], dense. own: [batch, heads·headSize].
// Division   one workgroup of WIDTH invocations per head of a picture; they stride through the keys and fold maxima and sums. A key's score
//            waits where its first term will be: no other invocation comes there.
// Formula    terms_j = p_j·v_j with p = softmax(scale·q_0·k), own = p_0.
// Requires   WIDTH a power of two.

//#slot EXTENSIONS
//#end

override WIDTH: u32 = 64u;

const LOWEST = -3.4e38;

struct Params {
  heads: u32,
  queries: u32,
  keys: u32,
  headSize: u32,
  scale: f32,
  offsetQ: u32,
  strideQ: u32,
  offsetK: u32,
  strideK: u32,
  offsetV: u32,
  strideV: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> q: array<f32>;
@group(0) @binding(2) var<storage, read> k: array<f32>;
@group(0) @binding(3) var<storage, read> v: array<f32>;
@group(0) @binding(4) var<storage, read_write> terms: array<f32>;
@group(0) @binding(5) var<storage, read_write> own: array<f32>;

//#slot FOLD
var<workgroup> folded: array<f32, WIDTH>;

/// The largest of every invocation's value, given to all.
fn maxOverRow(value: f32, lane: u32) -> f32 {
  workgroupBarrier();
  folded[lane] = value;
  for (var reach = WIDTH / 2u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (lane < reach) {
      folded[lane] = max(folded[lane], folded[lane + reach]);
    }
  }
  workgroupBarrier();
  return folded[0];
}

/// The sum of every invocation's value, given to all.
fn sumOverRow(value: f32, lane: u32) -> f32 {
  workgroupBarrier();
  folded[lane] = value;
  for (var reach = WIDTH / 2u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (lane < reach) {
      folded[lane] += folded[lane + reach];
    }
  }
  workgroupBarrier();
  return folded[0];
}
//#end

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(local_invocation_index) lane: u32) {
  let feature = id.x * params.headSize;
  let width = params.heads * params.headSize;
  let first = id.y * params.keys;
  let query = params.offsetQ + id.y * params.queries * params.strideQ + feature;

  var largest = LOWEST;
  for (var j = lane; j < params.keys; j += WIDTH) {
    let key = params.offsetK + (first + j) * params.strideK + feature;
    var score = 0.0;
    for (var i = 0u; i < params.headSize; i++) {
      score = fma(q[query + i], k[key + i], score);
    }
    score *= params.scale;
    terms[(first + j) * width + feature] = score;
    largest = max(largest, score);
  }
  largest = maxOverRow(largest, lane);

  var sum = 0.0;
  for (var j = lane; j < params.keys; j += WIDTH) {
    sum += exp(terms[(first + j) * width + feature] - largest);
  }
  sum = sumOverRow(sum, lane);

  for (var j = lane; j < params.keys; j += WIDTH) {
    let at = (first + j) * width + feature;
    let value = params.offsetV + (first + j) * params.strideV + feature;
    let weight = exp(terms[at] - largest) / sum;
    for (var i = 0u; i < params.headSize; i++) {
      terms[at + i] = weight * v[value + i];
      if (j == 0) {
        own[id.y * width + feature + i] = weight;
      }
    }
  }
}
