// y = value, everywhere.
//
// Layout     y: [count] vectors of four; the buffer reaches to a multiple of four floats.
// Division   one vector of four per invocation.

const WORKGROUP = 256u;

struct Params {
  count: u32,
  value: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.x + group.y * groups.x) * WORKGROUP + lane;
  if (i >= params.count) {
    return;
  }
  y[i] = vec4f(params.value);
}
