// c = a ∘ b, element by element, where both are dense and of the same shape.
//
// Layout     a, b, c: [count] vectors of four; buffers reach to a multiple of four floats.
// Division   one vector of four per invocation.
// Requires   OPERATION, one of the constants below; EQUAL gives 1 where both are equal, else 0.

override OPERATION: u32 = ADD;

// Values of OPERATION.
const ADD = 0u;
const SUB = 1u;
const MUL = 2u;
const DIV = 3u;
const EQUAL = 4u;

const WORKGROUP = 256u;

struct Params {
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4f>;
@group(0) @binding(2) var<storage, read> b: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4f>;

fn combine(p: vec4f, q: vec4f) -> vec4f {
  switch (OPERATION) {
    case ADD: { return p + q; }
    case SUB: { return p - q; }
    case MUL: { return p * q; }
    case DIV: { return p / q; }
    // EQUAL
    default: { return select(vec4f(0.0), vec4f(1.0), p == q); }
  }
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.x + group.y * groups.x) * WORKGROUP + lane;
  if (i >= params.count) {
    return;
  }
  c[i] = combine(a[i], b[i]);
}
