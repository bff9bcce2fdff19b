// y = f(x), element by element.
//
// Layout     x, y: [count] vectors of four; buffers reach to a multiple of four floats.
// Division   one vector of four per invocation.
// Requires   the function in the slot APPLY.

const WORKGROUP = 256u;

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

//#slot APPLY
fn apply(x: f32) -> f32 { return -x; }
//#end

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.x + group.y * groups.x) * WORKGROUP + lane;
  if (i >= params.count) {
    return;
  }
  let v = x[i];
  y[i] = vec4f(apply(v.x), apply(v.y), apply(v.z), apply(v.w));
}
