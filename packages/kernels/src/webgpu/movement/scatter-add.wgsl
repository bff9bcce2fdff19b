// dx_r = sum of dy_i over all i with indices_i = r: the adjoint of gather.
//
// Layout     dy: [picks, width]; indices: [picks] u32; dx: [count / width, width].
// Division   one element of dx per invocation, which looks through all indices. Every sum is taken in the order of the
//            indices, so the result does not depend on the schedule, as it would with atomics.

const WORKGROUP = 256u;

struct Params {
  width: u32,
  picks: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dy: array<f32>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.x + group.y * groups.x) * WORKGROUP + lane;
  if (i >= params.count) {
    return;
  }
  let row = i / params.width;
  let column = i % params.width;
  var sum = 0.0;
  for (var pick = 0u; pick < params.picks; pick++) {
    if (indices[pick] == row) {
      sum += dy[pick * params.width + column];
    }
  }
  dx[i] = sum;
}
