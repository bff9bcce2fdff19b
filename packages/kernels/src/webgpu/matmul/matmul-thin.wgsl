// C = residual + scale ⊙ activation(op(A)·op(B) + bias), for each batch and head, where A has few rows: for subgroups of few lanes.
//
// Layout     as in matmul.wgsl, f16 for B included; A is not transposed.
// Division   a workgroup is one subgroup. Workgroup (x, y, z) computes 4·LANES columns, from 4·LANES·x on, of row y of C number z. A lane has
//            four columns of its own and goes along k in steps of four. Nothing is shared among rows: with few of them, what a tile of 16
//            rows would share is computed for nothing.
// Formula    sums of products in f32, in the order of k, so that a row has the same bits as in matmul-subgroup.wgsl.
// Requires   subgroups of exactly LANES: 4, 8 or 16; slices as in matmul-subgroup.wgsl, and VECTOR_A and VECTOR_B too.

// The type in which B is kept.
//#slot ELEMENT_B
alias ElementB = f32;
//#end

override LANES: u32 = 8;
override TRANSPOSE_B: bool = false;
override VECTOR_A: bool = false;
override VECTOR_B: bool = false;
override ACTIVATE: bool = false;

struct Params {
  m: u32,
  n: u32,
  k: u32,
  slices: u32,
  depth: u32,
  heads: u32,
  offsetA: u32,
  lineA: u32,
  headA: u32,
  batchA: u32,
  offsetB: u32,
  lineB: u32,
  headB: u32,
  batchB: u32,
  offsetC: u32,
  lineC: u32,
  headC: u32,
  batchC: u32,
  batchResidual: u32,
  offsetScale: u32,
  epilogue: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> aVectors: array<vec4f>;
@group(0) @binding(3) var<storage, read> b: array<ElementB>;
@group(0) @binding(4) var<storage, read> bVectors: array<vec4<ElementB>>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read> scale: array<f32>;
@group(0) @binding(7) var<storage, read> residual: array<f32>;
@group(0) @binding(8) var<storage, read_write> c: array<f32>;

//#slot ACTIVATION
fn apply(x: f32) -> f32 { return x; }
//#end

// Bits of params.epilogue.
const BIAS = 1u;
const SCALE = 2u;
const RESIDUAL = 4u;

const COLUMNS_PER_LANE = 4u;

const FOUR = vec4u(0, 1, 2, 3);

// Elements k … k+3 of a row of op(A); zeros from `end` on.
fn fourOfA(row: u32, k: u32, end: u32) -> vec4f {
  if (VECTOR_A) { return aVectors[(row + k) / 4]; }
  let within = k + FOUR;
  let at = row + min(within, vec4u(end - 1));
  return select(vec4f(), vec4f(a[at.x], a[at.y], a[at.z], a[at.w]), within < vec4u(end));
}

// Column i is row k+i of op(B) in the lane's four columns. Rows past the end repeat the last one: they are multiplied by zeros of op(A).
fn blockOfB(start: u32, columns: vec4u, k: u32, end: u32) -> mat4x4f {
  let d = min(k + FOUR, vec4u(end - 1));
  if (TRANSPOSE_B) {
    let at = start + columns * params.lineB;
    if (VECTOR_B) {
      let v = (at + k) / 4;
      return transpose(mat4x4f(vec4f(bVectors[v.x]), vec4f(bVectors[v.y]), vec4f(bVectors[v.z]), vec4f(bVectors[v.w])));
    }
    return mat4x4f(fourOfB(at + d.x), fourOfB(at + d.y), fourOfB(at + d.z), fourOfB(at + d.w));
  }
  let at = start + d * params.lineB;
  if (VECTOR_B) {
    let v = (at + columns.x) / 4;
    return mat4x4f(vec4f(bVectors[v.x]), vec4f(bVectors[v.y]), vec4f(bVectors[v.z]), vec4f(bVectors[v.w]));
  }
  return mat4x4f(fourOfB(at.x + columns), fourOfB(at.y + columns), fourOfB(at.z + columns), fourOfB(at.w + columns));
}

fn fourOfB(at: vec4u) -> vec4f {
  return vec4f(vec4(b[at.x], b[at.y], b[at.z], b[at.w]));
}

// The loop ends at a value that the compiler does not know, so that it cannot unroll it: the function in the slot would be there four times.
fn storeFour(at: u32, atResidual: u32, first: u32, values: vec4f) {
  var rest = values;
  for (var column = first; column < min(first + 4, params.n); column++) {
    var value = rest.x;
    if ((params.epilogue & BIAS) != 0) { value += bias[column]; }
    if (ACTIVATE) { value = apply(value); }
    if ((params.epilogue & SCALE) != 0) { value *= scale[params.offsetScale + column]; }
    if ((params.epilogue & RESIDUAL) != 0) { value += residual[atResidual + column]; }
    c[at + column] = value;
    rest = rest.yzwx;
  }
}

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let pair = group.z / params.slices;
  let slice = group.z % params.slices;
  let head = vec2u(pair / params.heads, pair % params.heads);
  let start = vec2u(params.offsetA, params.offsetB)
    + head.x * vec2u(params.batchA, params.batchB)
    + head.y * vec2u(params.headA, params.headB);
  let begin = slice * params.depth;
  let end = min(begin + params.depth, params.k);
  let row = group.y;
  let column = (group.x * LANES + lane) * COLUMNS_PER_LANE;
  let columns = min(column + FOUR, vec4u(params.n - 1));
  var sum = vec4f();
  for (var k = begin; k < end; k += 4) {
    let x = fourOfA(start.x + row * params.lineA, k, end);
    let y = blockOfB(start.y, columns, k, end);
    sum = fma(vec4f(x.w), y[3], fma(vec4f(x.z), y[2], fma(vec4f(x.y), y[1], fma(vec4f(x.x), y[0], sum))));
  }
  let tile = params.offsetC + head.x * params.batchC + head.y * params.headC + slice * params.m * params.n;
  storeFour(tile + row * params.lineC, pair * params.batchResidual + row * params.n, column, sum);
}
