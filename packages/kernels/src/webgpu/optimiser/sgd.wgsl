// One step of gradient descent with momentum, in place.
//
// Layout     gradient, parameter, velocity: [count].
// Division   one element per invocation.
// Formula    g ← gradient + weightDecay·p;  velocity ← momentum·velocity + g;  p ← p − learningRate·velocity

const WORKGROUP = 256u;

struct Params {
  count: u32,
  learningRate: f32,
  momentum: f32,
  weightDecay: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(3) var<storage, read_write> velocity: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.x + group.y * groups.x) * WORKGROUP + lane;
  if (i >= params.count) {
    return;
  }
  let p = parameter[i];
  let step = params.momentum * velocity[i] + gradient[i] + params.weightDecay * p;
  velocity[i] = step;
  parameter[i] = p - params.learningRate * step;
}
