// dx = dy ⊙ f′(x), element by element.
//
// Layout     x, dy, dx: [count] vectors of four; buffers reach to a multiple of four floats.
// Division   one vector of four per invocation.
// Requires   the derivative in the slot DERIVATIVE.

const WORKGROUP = 256u;

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read> dy: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> dx: array<vec4f>;

//#slot DERIVATIVE
fn derivative(x: f32) -> f32 { return 1.0; }
//#end

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.x + group.y * groups.x) * WORKGROUP + lane;
  if (i >= params.count) {
    return;
  }
  let v = x[i];
  dx[i] = dy[i] * vec4f(derivative(v.x), derivative(v.y), derivative(v.z), derivative(v.w));
}
