// Copies a block of elements from one strided place to another: transpose, slice, broadcast and concatenation.
//
// Layout     x: the element at (i₀, i₁, …) lies at offsetX + Σ i_d·stridesX_d; y likewise. The strides of y must not make two
//            elements meet. Strides are taken modulo 2³², so a negative one works.
// Division   one element per invocation; its index is split into coordinates, the last axis first.
// Requires   RANK axes, at most 8.

override RANK: u32 = 2u;

struct Params {
  shape: array<vec4u, 2>,
  stridesX: array<vec4u, 2>,
  stridesY: array<vec4u, 2>,
  offsetX: u32,
  offsetY: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.x + group.y * groups.x) * 256u + lane;
  if (i >= params.count) {
    return;
  }
  var rest = i;
  var atX = params.offsetX;
  var atY = params.offsetY;
  for (var axis = RANK; axis > 0u; axis--) {
    let d = axis - 1u;
    let extent = params.shape[d / 4u][d % 4u];
    let coordinate = rest % extent;
    rest /= extent;
    atX += coordinate * params.stridesX[d / 4u][d % 4u];
    atY += coordinate * params.stridesY[d / 4u][d % 4u];
  }
  y[atY] = x[atX];
}
