// c = a ∘ b, element by element, where both are dense and of the same shape.
//
// Layout     a, b, c: [count] vectors of four; buffers reach to a multiple of four floats.
// Division   one vector of four per invocation.
// Requires   OPERATION: 0 add, 1 sub, 2 mul, 3 div, 4 equal (1 where equal, else 0).

override OPERATION: u32 = 0u;

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;

fn combine(p: vec4f, q: vec4f) -> vec4f {
  switch (OPERATION) {
    case 0u: { return p + q; }
    case 1u: { return p - q; }
    case 2u: { return p * q; }
    case 3u: { return p / q; }
    default: { return select(vec4f(0.0), vec4f(1.0), p == q); }
  }
}

@compute @workgroup_size(256)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.x + group.y * groups.x) * 256u + lane;
  if (i >= params.count) {
    return;
  }
  c[i] = combine(a[i], b[i]);
}
