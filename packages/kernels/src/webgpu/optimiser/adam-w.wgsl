// One AdamW step in place (Loshchilov and Hutter 2019; Kingma and Ba 2015 for the moments), as PyTorch computes it.
//
// Layout     gradient, parameter, mean, variance: [count].
// Division   one element per invocation.
// Formula    m ← β₁·m + (1 − β₁)·g;  v ← β₂·v + (1 − β₂)·g²
//            p ← p·decay − stepSize·m / (√v·varianceScale + epsilon)
// Requires   decay = 1 − learningRate·weightDecay, stepSize = learningRate / (1 − β₁ᵗ), varianceScale = 1 / √(1 − β₂ᵗ), and the
//            complements of β₁ and β₂: computed in 64 bits before, since 1 − 0.999 in 32 bits is wrong in the fifth digit.

const WORKGROUP = 256u;

struct Params {
  count: u32,
  decay: f32,
  beta1: f32,
  complement1: f32,
  beta2: f32,
  complement2: f32,
  stepSize: f32,
  varianceScale: f32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradient: array<f32>;
@group(0) @binding(2) var<storage, read_write> parameter: array<f32>;
@group(0) @binding(3) var<storage, read_write> mean: array<f32>;
@group(0) @binding(4) var<storage, read_write> variance: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.x + group.y * groups.x) * WORKGROUP + lane;
  if (i >= params.count) {
    return;
  }
  let g = gradient[i];
  let m = params.beta1 * mean[i] + params.complement1 * g;
  let v = params.beta2 * variance[i] + params.complement2 * g * g;
  mean[i] = m;
  variance[i] = v;
  parameter[i] = parameter[i] * params.decay - params.stepSize * m / (sqrt(v) * params.varianceScale + params.epsilon);
}
