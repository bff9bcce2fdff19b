// c = a ∘ b, element by element, where a and b are walked by strides: this is how broadcasting reaches the GPU.
//
// Layout     a, b: the element at (i₀, i₁, …) lies at offset + Σ i_d·strides_d; c: [count], dense.
//            Strides are taken modulo 2³², so a negative one works.
// Division   one element per invocation. BY_LINES: workgroup (x, y, z) has 64 elements, from 64·x on, of the last axis, in line
//            y + z·(number of workgroups along y); else workgroups follow all elements. What remains is split into coordinates,
//            the last axis first: divisions cost more than the rest, so lines pay wherever they are not short.
// Requires   RANK axes, at most 8; OPERATION: 0 add, 1 sub, 2 mul, 3 div, 4 equal (1 where equal, else 0).

override OPERATION: u32 = 0u;
override RANK: u32 = 2u;
override BY_LINES: bool = false;

struct Params {
  shape: array<vec4u, 2>,
  stridesA: array<vec4u, 2>,
  stridesB: array<vec4u, 2>,
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
    case 0u: { return p + q; }
    case 1u: { return p - q; }
    case 2u: { return p * q; }
    case 3u: { return p / q; }
    default: { return select(0.0, 1.0, p == q); }
  }
}

@compute @workgroup_size(64)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let length = params.shape[(RANK - 1u) / 4u][(RANK - 1u) % 4u];
  var i = (group.x + group.y * groups.x) * 64u + lane;
  var last = i % length;
  var rest = i / length;
  if (BY_LINES) {
    last = group.x * 64u + lane;
    rest = group.y + group.z * groups.y;
    i = rest * length + last;
  }
  if (last >= length || i >= params.count) {
    return;
  }
  var atA = params.offsetA + last * params.stridesA[(RANK - 1u) / 4u][(RANK - 1u) % 4u];
  var atB = params.offsetB + last * params.stridesB[(RANK - 1u) / 4u][(RANK - 1u) % 4u];
  for (var axis = RANK - 1u; axis > 1u; axis--) {
    let d = axis - 1u;
    let extent = params.shape[d / 4u][d % 4u];
    let coordinate = rest % extent;
    rest /= extent;
    atA += coordinate * params.stridesA[d / 4u][d % 4u];
    atB += coordinate * params.stridesB[d / 4u][d % 4u];
  }
  if (RANK > 1u) {
    atA += rest * params.stridesA[0].x;
    atB += rest * params.stridesB[0].x;
  }
  c[i] = combine(a[atA], b[atB]);
}
