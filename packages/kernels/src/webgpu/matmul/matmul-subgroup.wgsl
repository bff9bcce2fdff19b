// C = residual + scale ⊙ activation(op(A)·op(B) + bias), for each batch and head: for subgroups of few lanes, without shared memory.
//
// Layout     as in matmul.wgsl, f16 for B included.
// Division   a workgroup is one subgroup. Workgroup (x, y, z) computes the tile of 16 rows and 4·LANES columns number (y, x) of C number
//            z. A lane keeps all rows of its four columns in registers, as 4×4 blocks. It goes along k in steps of four: it loads four
//            columns of op(B) for itself, and four floats of a row of op(A), which all lanes then take from its registers. So 256
//            products of a lane cost 24 loads with 8 lanes. This is for processors that run shaders: there a load costs far more than
//            a product, even a load that is the same for all lanes, and a barrier costs still more, but taking a number from the
//            register of another lane costs little.
// Formula    sums of products in f32, in the order of k.
// Requires   subgroups of exactly LANES: 4, 8 or 16; slices whose depth is a multiple of 4, except the last. VECTOR_A and VECTOR_B as in
//            matmul.wgsl; with VECTOR_A rows may end up to three floats after k, which must be zeros.

enable subgroups;

// The type in which B is kept.
//#slot ELEMENT_B
alias ElementB = f32;
//#end

override LANES: u32 = 8;
override TRANSPOSE_A: bool = false;
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

// The tile of a workgroup, which is written out below: four 4×4 blocks for each lane.
const ROWS = 16u;
const COLUMNS_PER_LANE = 4u;

const FOUR = vec4u(0, 1, 2, 3);

// Block i holds rows 4i … 4i+3 of the tile; its column j is row j.
struct Blocks {
  c0: mat4x4f,
  c1: mat4x4f,
  c2: mat4x4f,
  c3: mat4x4f,
}

// Where a row of op(A) begins: element (row, k) lies at rowOfA(row) + depthOfA(k). Rows past the end repeat the last one.
fn rowOfA(row: u32) -> u32 {
  let r = min(row, params.m - 1);
  return select(r * params.lineA, r, TRANSPOSE_A);
}

fn depthOfA(k: u32) -> u32 {
  return select(k, k * params.lineA, TRANSPOSE_A);
}

// Elements k … k+3 of a row of op(A); zeros from `end` on.
fn fourOfA(row: u32, k: u32, end: u32) -> vec4f {
  if (VECTOR_A) { return aVectors[(row + depthOfA(k)) / 4]; }
  let within = k + FOUR;
  let d = min(within, vec4u(end - 1));
  let x = vec4f(a[row + depthOfA(d.x)], a[row + depthOfA(d.y)], a[row + depthOfA(d.z)], a[row + depthOfA(d.w)]);
  return select(vec4f(), x, within < vec4u(end));
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

// The numbers of four lanes, from `lane` on.
fn ofLanes(x: f32, lane: u32) -> vec4f {
  return vec4f(subgroupShuffle(x, lane), subgroupShuffle(x, lane + 1), subgroupShuffle(x, lane + 2), subgroupShuffle(x, lane + 3));
}

// c + x·yᵀ; column i of a block of C holds row i.
fn addOuter(c: mat4x4f, x: vec4f, y: vec4f) -> mat4x4f {
  return mat4x4f(fma(vec4f(x.x), y, c[0]), fma(vec4f(x.y), y, c[1]), fma(vec4f(x.z), y, c[2]), fma(vec4f(x.w), y, c[3]));
}

// One step along k. x holds the blocks' rows of op(A): block i of component i, in the lanes from 4i modulo LANES on.
fn addStep(c: Blocks, x: vec4f, y: vec4f) -> Blocks {
  return Blocks(
    addOuter(c.c0, ofLanes(x.x, 0), y),
    addOuter(c.c1, ofLanes(x.y, 4 % LANES), y),
    addOuter(c.c2, ofLanes(x.z, 8 % LANES), y),
    addOuter(c.c3, ofLanes(x.w, 12 % LANES), y),
  );
}

fn multiply(start: vec2u, row: u32, columns: vec4u, lane: u32, begin: u32, end: u32) -> Blocks {
  let row0 = start.x + rowOfA(row + lane);
  let row1 = start.x + rowOfA(row + 4 + lane);
  let row2 = start.x + rowOfA(row + 8 + lane);
  let row3 = start.x + rowOfA(row + 12 + lane);
  var sum = Blocks();
  for (var k = begin; k < end; k += 4) {
    // A vector holds LANES rows, which serve LANES / 4 blocks.
    let a0 = fourOfA(row0, k, end);
    var a1 = a0;
    var a2 = a0;
    if (LANES == 4) { a1 = fourOfA(row1, k, end); }
    if (LANES <= 8) { a2 = fourOfA(row2, k, end); }
    var a3 = a2;
    if (LANES == 4) { a3 = fourOfA(row3, k, end); }
    let x = transpose(mat4x4f(a0, a1, a2, a3));
    let y = blockOfB(start.y, columns, k, end);
    sum = addStep(addStep(addStep(addStep(sum, x[0], y[0]), x[1], y[1]), x[2], y[2]), x[3], y[3]);
  }
  return sum;
}

// The loops below end at values that the compiler does not know, so that it cannot unroll them: the function in the slot would be
// there 64 times. They move the next row or number to the front, because an index that is not constant would be slower still.
fn withoutFirstRow(c: Blocks) -> Blocks {
  return Blocks(
    mat4x4f(c.c0[1], c.c0[2], c.c0[3], c.c1[0]),
    mat4x4f(c.c1[1], c.c1[2], c.c1[3], c.c2[0]),
    mat4x4f(c.c2[1], c.c2[2], c.c2[3], c.c3[0]),
    mat4x4f(c.c3[1], c.c3[2], c.c3[3], vec4f()),
  );
}

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
fn main(@builtin(workgroup_id) group: vec3u, @builtin(subgroup_invocation_id) lane: u32) {
  let pair = group.z / params.slices;
  let slice = group.z % params.slices;
  let head = vec2u(pair / params.heads, pair % params.heads);
  let start = vec2u(params.offsetA, params.offsetB)
    + head.x * vec2u(params.batchA, params.batchB)
    + head.y * vec2u(params.headA, params.headB);
  let begin = slice * params.depth;
  let end = min(begin + params.depth, params.k);
  let row = group.y * ROWS;
  let column = (group.x * LANES + lane) * COLUMNS_PER_LANE;
  let columns = min(column + FOUR, vec4u(params.n - 1));
  let sum = multiply(start, row, columns, lane, begin, end);
  let tile = params.offsetC + head.x * params.batchC + head.y * params.headC + slice * params.m * params.n;
  var rest = sum;
  for (var i = row; i < min(row + ROWS, params.m); i++) {
    storeFour(tile + i * params.lineC, pair * params.batchResidual + i * params.n, column, rest.c0[0]);
    rest = withoutFirstRow(rest);
  }
}
