// P = softmax of every row of scale·S, in place, and the logarithm of each softmax's denominator.
//
// Layout     scores: [rows, vectors] vectors of four. A row has `keys` scores, then floats without a meaning, which become 0.
//            logSumExp: one float per row, from `first` on.
// Division   one workgroup of one subgroup per row; the lanes stride through it.
// Formula    P_j = e^(scale·S_j − m) / Σ_i e^(scale·S_i − m), m = max scale·S; logSumExp = m + log Σ. Arguments of exp lie in
//            [−87, 0]. Exponentials are computed twice rather than stored in between.
// Requires   subgroups of exactly LANES.

enable subgroups;

override LANES: u32 = 8;

const LOWEST = -3.4e38;
const SMALLEST_EXPONENT = -87.0;
const FOUR = vec4u(0, 1, 2, 3);

struct Params {
  rows: u32,
  keys: u32,
  vectors: u32,
  first: u32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> scores: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> logSumExp: array<f32>;

fn present(i: u32) -> vec4<bool> {
  return 4 * i + FOUR < vec4u(params.keys);
}

fn weights(score: vec4f, largest: f32, i: u32) -> vec4f {
  return select(vec4f(), exp(max(params.scale * score - largest, vec4f(SMALLEST_EXPONENT))), present(i));
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let row = id.x + id.y * groups.x;
  if (row >= params.rows) {
    return;
  }
  let begin = row * params.vectors;

  var most = vec4f(LOWEST);
  for (var i = lane; i < params.vectors; i += LANES) {
    most = max(most, select(vec4f(LOWEST), params.scale * scores[begin + i], present(i)));
  }
  let pair = max(most.xy, most.zw);
  let largest = subgroupMax(max(pair.x, pair.y));

  var sums = vec4f();
  for (var i = lane; i < params.vectors; i += LANES) {
    sums += weights(scores[begin + i], largest, i);
  }
  let denominator = subgroupAdd(dot(sums, vec4f(1)));

  for (var i = lane; i < params.vectors; i += LANES) {
    scores[begin + i] = weights(scores[begin + i], largest, i) / denominator;
  }
  if (lane == 0) {
    logSumExp[params.first + row] = largest + log(denominator);
  }
}
