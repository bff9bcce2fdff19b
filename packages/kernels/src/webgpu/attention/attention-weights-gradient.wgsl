// The attention weights P, computed again, and the gradient of the scores dS, from S and dP, in place.
//
// Layout     scores (S, then P) and gradients (dP, then dS): [rows, vectors] vectors of four. A row has `keys` floats, then
//            others without a meaning, which become 0. logSumExp: one float per row, from `first` on.
// Division   one workgroup of one subgroup per row; the lanes stride through it.
// Formula    P_j = e^(scale·S_j − logSumExp), dS_j = scale·P_j·(dP_j − Σ_i P_i·dP_i).
// Requires   subgroups of exactly LANES.

enable subgroups;

override LANES: u32 = 8;

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
@group(0) @binding(1) var<storage, read> logSumExp: array<f32>;
@group(0) @binding(2) var<storage, read_write> scores: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> gradients: array<vec4f>;

fn present(i: u32) -> vec4<bool> {
  return 4 * i + FOUR < vec4u(params.keys);
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let row = id.x + id.y * groups.x;
  if (row >= params.rows) {
    return;
  }
  let begin = row * params.vectors;
  let offset = logSumExp[params.first + row];

  var sum = 0.0;
  for (var i = lane; i < params.vectors; i += LANES) {
    let p = exp(clamp(params.scale * scores[begin + i] - offset, vec4f(SMALLEST_EXPONENT), vec4f()));
    let weights = select(vec4f(), p, present(i));
    scores[begin + i] = weights;
    sum += dot(weights, select(vec4f(), gradients[begin + i], present(i)));
  }
  let inner = subgroupAdd(sum);

  for (var i = lane; i < params.vectors; i += LANES) {
    gradients[begin + i] = select(vec4f(), params.scale * scores[begin + i] * (gradients[begin + i] - inner), present(i));
  }
}
