// c = a ∘ b, element by element, where a and b are walked by strides: this is how broadcasting reaches the GPU.
//
// Layout     a, b: the element at (i₀, i₁, …) lies at offset + Σ i_d·strides_d; c: [count], dense.
//            A stride may be 0 or negative.
// Division   one element per invocation. With BY_LINES, workgroup (x, y, z) has 64 elements of the last axis, from 64·x on, in line
//            y + z·(number of workgroups along y); without, workgroups go through all elements in order. The index of the line is
//            split into coordinates, the last axis first. Divisions cost most here, and BY_LINES saves one for every element.
// Requires   RANK axes, at most 8; OPERATION, one of the constants below: EQUAL gives 1 where both are equal, else 0.

override OPERATION: u32 = ADD;
override RANK: u32 = 2u;
override BY_LINES: bool = false;

// Values of OPERATION.
const ADD = 0u;
const SUB = 1u;
const MUL = 2u;
const DIV = 3u;
const EQUAL = 4u;

const WORKGROUP = 64u;

struct Params {
  shape: array<vec4u, 2>,
  stridesA: array<vec4i, 2>,
  stridesB: array<vec4i, 2>,
  offsetA: u32,
  offsetB: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;

fn combine(p: f32, q: f32) -> f32 {
  switch (OPERATION) {
    case ADD: { return p + q; }
    case SUB: { return p - q; }
    case MUL: { return p * q; }
    case DIV: { return p / q; }
    // EQUAL
    default: { return select(0.0, 1.0, p == q); }
  }
}

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
  var atA = i32(params.offsetA) + i32(last) * params.stridesA[(RANK - 1u) / 4u][(RANK - 1u) % 4u];
  var atB = i32(params.offsetB) + i32(last) * params.stridesB[(RANK - 1u) / 4u][(RANK - 1u) % 4u];
  for (var axis = RANK - 1u; axis > 1u; axis--) {
    let d = axis - 1u;
    let extent = params.shape[d / 4u][d % 4u];
    let coordinate = i32(rest % extent);
    rest /= extent;
    atA += coordinate * params.stridesA[d / 4u][d % 4u];
    atB += coordinate * params.stridesB[d / 4u][d % 4u];
  }
  if (RANK > 1u) {
    atA += i32(rest) * params.stridesA[0].x;
    atB += i32(rest) * params.stridesB[0].x;
  }
  c[i] = combine(a[atA], b[atB]);
}
