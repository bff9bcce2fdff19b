// Copies a block of elements from one strided place to another: transpose, slice, broadcast and concatenation.
//
// Layout     x: the element at (i₀, i₁, …) lies at offsetX + Σ i_d·stridesX_d; y likewise. A stride may be negative, one of x also 0;
//            no two elements of y may lie at one place. x may be kept in f16 (slot ELEMENTS). An element may be a vector of four (the
//            same slot), where lines of four lie together in both; sizes, strides and offsets then count vectors.
// Division   one element per invocation. With BY_LINES, workgroup (x, y, z) has 64 elements of the last axis, from 64·x on, in line
//            y + z·(number of workgroups along y); without, workgroups go through all elements in order. The index of the line is
//            split into coordinates, the last axis first. Divisions cost most here, and BY_LINES saves one for every element.
// Requires   RANK axes, at most 8.

// The types in which x and y are kept.
//#slot ELEMENTS
alias ElementX = f32;
alias ElementY = f32;
//#end

override RANK: u32 = 2u;
override BY_LINES: bool = false;

const WORKGROUP = 64u;

struct Params {
  shape: array<vec4u, 2>,
  stridesX: array<vec4i, 2>,
  stridesY: array<vec4i, 2>,
  offsetX: u32,
  offsetY: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<ElementX>;
@group(0) @binding(2) var<storage, read_write> y: array<ElementY>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let length = params.shape[(RANK - 1u) / 4u][(RANK - 1u) % 4u];
  var i = (group.x + group.y * groups.x) * WORKGROUP + lane;
  var last = i % length;
  var rest = i / length;
  if (BY_LINES) {
    last = group.x * WORKGROUP + lane;
    rest = group.y + group.z * groups.y;
    i = rest * length + last;
  }
  if (last >= length || i >= params.count) {
    return;
  }
  var atX = i32(params.offsetX) + i32(last) * params.stridesX[(RANK - 1u) / 4u][(RANK - 1u) % 4u];
  var atY = i32(params.offsetY) + i32(last) * params.stridesY[(RANK - 1u) / 4u][(RANK - 1u) % 4u];
  for (var axis = RANK - 1u; axis > 1u; axis--) {
    let d = axis - 1u;
    let extent = params.shape[d / 4u][d % 4u];
    let coordinate = i32(rest % extent);
    rest /= extent;
    atX += coordinate * params.stridesX[d / 4u][d % 4u];
    atY += coordinate * params.stridesY[d / 4u][d % 4u];
  }
  if (RANK > 1u) {
    atX += i32(rest) * params.stridesX[0].x;
    atY += i32(rest) * params.stridesY[0].x;
  }
  y[atY] = ElementY(x[atX]);
}
