// y_i = x[indices_i]: rows picked by their numbers.
//
// Layout     x: [rows, width], which may be kept in f16 (slot ELEMENT_X); indices: one u32 per row of y; y: [count / width, width].
// Division   one element per invocation.
// Requires   every index below the number of rows.

// The type in which x is kept.
//#slot ELEMENT_X
alias ElementX = f32;
//#end

const WORKGROUP = 256u;

struct Params {
  width: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<ElementX>;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.x + group.y * groups.x) * WORKGROUP + lane;
  if (i >= params.count) {
    return;
  }
  y[i] = f32(x[indices[i / params.width] * params.width + i % params.width]);
}
