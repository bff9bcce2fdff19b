// C = residual + scale ⊙ activation(op(A)·op(B) + bias), for each batch and head.
//
// Layout     op(A) is [m, k] and op(B) [k, n]. Of each, and of C, the matrix of batch b and head h begins at offset + b·batch + h·head,
//            and its lines lie `line` floats apart: rows of op(A) and op(B), or their columns with TRANSPOSE_A and TRANSPOSE_B.
//            aVectors, bVectors: the same buffers as vectors of four. bias: [n], scale: n numbers from
//            offsetScale on. residual: [.., m, n].
//            c is cut into `slices`, [m, n] each: slice s is the product over the s-th range of `depth` steps along k.
// Division   an invocation keeps 4·BLOCKS_Y rows × 4·BLOCKS_X columns of C in registers, as 4×4 blocks. Workgroup (x, y, z) computes
//            the tile of 32·BLOCKS_Y rows and 32·BLOCKS_X columns number (y, x), of slice z mod slices, of the pair of batch and head
//            number z / slices. It goes along k in steps of 16; both operands of a step are brought to shared memory.
// Formula    sums of products in f32, in the order of k. B may be kept in f16 (slot ELEMENT_B).
// Requires   slices whose depth is a multiple of 16, except the last; VECTOR_A and VECTOR_B only where the contiguous axis of the
//            operand, its lines and its beginning are multiples of 4. Where the bits of `epilogue` say that bias, scale or residual
//            is missing, its buffer may be any.

// The type in which B is kept.
//#slot ELEMENT_B
alias ElementB = f32;
//#end

override BLOCKS_Y: u32 = 2;
override BLOCKS_X: u32 = 2;
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

// Steps along k that are brought to shared memory at a time.
const STEP = 16u;
// Rows, and columns, that a workgroup of 8 × 8 invocations computes for each block of an invocation.
const TILE = 32u;
// Rows and columns of a tile. In shared memory they run along lines, one line for each k, and lines begin in different banks.
override ROWS = TILE * BLOCKS_Y;
override COLUMNS = TILE * BLOCKS_X;
override LINE_A = ROWS + 4;
override LINE_B = COLUMNS + 4;
var<workgroup> tileA: array<f32, STEP * LINE_A>;
var<workgroup> tileB: array<f32, STEP * LINE_B>;

// What a workgroup multiplies: where its operands begin, and its range [begin, end) along k.
struct Task {
  a: u32,
  b: u32,
  begin: u32,
  end: u32,
}

// The blocks of one invocation: `c01` lies right of `c00`, `c10` below.
struct Blocks {
  c00: mat4x4f,
  c01: mat4x4f,
  c10: mat4x4f,
  c11: mat4x4f,
}

// Element (row, k) of op(A) lies at rowOfA(row) + depthOfA(k).
fn rowOfA(row: u32) -> u32 {
  return select(row * params.lineA, row, TRANSPOSE_A);
}

fn depthOfA(k: u32) -> u32 {
  return select(k, k * params.lineA, TRANSPOSE_A);
}

// Element (k, column) of op(B) lies at columnOfB(column) + depthOfB(k).
fn columnOfB(column: u32) -> u32 {
  return select(column, column * params.lineB, TRANSPOSE_B);
}

fn depthOfB(k: u32) -> u32 {
  return select(k * params.lineB, k, TRANSPOSE_B);
}

fn elementA(task: Task, row: u32, k: u32) -> f32 {
  if (row < params.m && k < task.end) { return a[task.a + rowOfA(row) + depthOfA(k)]; }
  return 0.0;
}

fn elementB(task: Task, k: u32, column: u32) -> f32 {
  if (column < params.n && k < task.end) { return f32(b[task.b + columnOfB(column) + depthOfB(k)]); }
  return 0.0;
}

// Four elements along the contiguous axis, from (row, k) on; zeros outside.
fn fourOfA(task: Task, row: u32, k: u32) -> vec4f {
  if (VECTOR_A) {
    if (row < params.m && k < task.end) { return aVectors[(task.a + rowOfA(row) + depthOfA(k)) / 4]; }
    return vec4f();
  }
  let step = select(vec2u(0, 1), vec2u(1, 0), TRANSPOSE_A);
  return vec4f(
    elementA(task, row, k),
    elementA(task, row + step.x, k + step.y),
    elementA(task, row + 2 * step.x, k + 2 * step.y),
    elementA(task, row + 3 * step.x, k + 3 * step.y),
  );
}

fn fourOfB(task: Task, k: u32, column: u32) -> vec4f {
  if (VECTOR_B) {
    if (column < params.n && k < task.end) { return vec4f(bVectors[(task.b + columnOfB(column) + depthOfB(k)) / 4]); }
    return vec4f();
  }
  let step = select(vec2u(0, 1), vec2u(1, 0), TRANSPOSE_B);
  return vec4f(
    elementB(task, k, column),
    elementB(task, k + step.x, column + step.y),
    elementB(task, k + 2 * step.x, column + 2 * step.y),
    elementB(task, k + 3 * step.x, column + 3 * step.y),
  );
}

// c + x·yᵀ; column i of a block of C holds row i.
fn addOuter(c: mat4x4f, x: vec4f, y: vec4f) -> mat4x4f {
  return mat4x4f(fma(vec4f(x.x), y, c[0]), fma(vec4f(x.y), y, c[1]), fma(vec4f(x.z), y, c[2]), fma(vec4f(x.w), y, c[3]));
}

// Brings op(A) of one step to shared memory: four floats at a time, which neighbouring invocations read along the contiguous axis.
fn loadTileA(task: Task, row: u32, k: u32, lane: u32) {
  let step = select(LINE_A, 1, TRANSPOSE_A);
  for (var i = lane; i < ROWS * STEP / 4; i += 64) {
    let alongDepth = vec2u(i / (STEP / 4), i % (STEP / 4) * 4);
    let acrossDepth = vec2u(i % (ROWS / 4) * 4, i / (ROWS / 4));
    let place = select(alongDepth, acrossDepth, TRANSPOSE_A);
    let four = fourOfA(task, row + place.x, k + place.y);
    let at = place.y * LINE_A + place.x;
    tileA[at] = four.x;
    tileA[at + step] = four.y;
    tileA[at + 2 * step] = four.z;
    tileA[at + 3 * step] = four.w;
  }
}

fn loadTileB(task: Task, column: u32, k: u32, lane: u32) {
  let step = select(1, LINE_B, TRANSPOSE_B);
  for (var i = lane; i < COLUMNS * STEP / 4; i += 64) {
    let alongDepth = vec2u(i / (STEP / 4), i % (STEP / 4) * 4);
    let acrossDepth = vec2u(i % (COLUMNS / 4) * 4, i / (COLUMNS / 4));
    let place = select(acrossDepth, alongDepth, TRANSPOSE_B);
    let four = fourOfB(task, k + place.y, column + place.x);
    let at = place.y * LINE_B + place.x;
    tileB[at] = four.x;
    tileB[at + step] = four.y;
    tileB[at + 2 * step] = four.z;
    tileB[at + 3 * step] = four.w;
  }
}

fn multiplyTile(task: Task, row: u32, column: u32, invocation: vec2u, lane: u32) -> Blocks {
  var sum = Blocks();
  for (var k = task.begin; k < task.end; k += STEP) {
    loadTileA(task, row, k, lane);
    loadTileB(task, column, k, lane);
    workgroupBarrier();
    for (var i = 0u; i < STEP; i++) {
      let atA = i * LINE_A + 4 * BLOCKS_Y * invocation.y;
      let atB = i * LINE_B + 4 * invocation.x;
      let x = vec4f(tileA[atA], tileA[atA + 1], tileA[atA + 2], tileA[atA + 3]);
      let y = vec4f(tileB[atB], tileB[atB + 1], tileB[atB + 2], tileB[atB + 3]);
      sum.c00 = addOuter(sum.c00, x, y);
      var below: vec4f;
      if (BLOCKS_Y == 2) {
        below = vec4f(tileA[atA + 4], tileA[atA + 5], tileA[atA + 6], tileA[atA + 7]);
        sum.c10 = addOuter(sum.c10, below, y);
      }
      if (BLOCKS_X == 2) {
        let right = vec4f(tileB[atB + TILE], tileB[atB + TILE + 1], tileB[atB + TILE + 2], tileB[atB + TILE + 3]);
        sum.c01 = addOuter(sum.c01, x, right);
        if (BLOCKS_Y == 2) { sum.c11 = addOuter(sum.c11, below, right); }
      }
    }
    workgroupBarrier();
  }
  return sum;
}

fn store(at: u32, atResidual: u32, column: u32, product: f32) {
  if (column >= params.n) { return; }
  var value = product;
  if ((params.epilogue & BIAS) != 0) { value += bias[column]; }
  if (ACTIVATE) { value = apply(value); }
  if ((params.epilogue & SCALE) != 0) { value *= scale[params.offsetScale + column]; }
  if ((params.epilogue & RESIDUAL) != 0) { value += residual[atResidual + column]; }
  c[at + column] = value;
}

fn storeFour(at: u32, atResidual: u32, column: u32, values: vec4f) {
  store(at, atResidual, column, values.x);
  store(at, atResidual, column + 1, values.y);
  store(at, atResidual, column + 2, values.z);
  store(at, atResidual, column + 3, values.w);
}

@compute @workgroup_size(8, 8)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) invocation: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let pair = group.z / params.slices;
  let slice = group.z % params.slices;
  let head = vec2u(pair / params.heads, pair % params.heads);
  let begin = slice * params.depth;
  let task = Task(
    params.offsetA + head.x * params.batchA + head.y * params.headA,
    params.offsetB + head.x * params.batchB + head.y * params.headB,
    begin,
    min(begin + params.depth, params.k),
  );
  let row = group.y * ROWS + invocation.y * 4 * BLOCKS_Y;
  let column = group.x * COLUMNS + invocation.x * 4;
  let sum = multiplyTile(task, group.y * ROWS, group.x * COLUMNS, invocation.xy, lane);
  // A loop whose length the compiler does not know is not unrolled: otherwise the function in the slot would be there 64 times.
  let left = array(sum.c00[0], sum.c00[1], sum.c00[2], sum.c00[3], sum.c10[0], sum.c10[1], sum.c10[2], sum.c10[3]);
  let right = array(sum.c01[0], sum.c01[1], sum.c01[2], sum.c01[3], sum.c11[0], sum.c11[1], sum.c11[2], sum.c11[3]);
  let tile = params.offsetC + head.x * params.batchC + head.y * params.headC + slice * params.m * params.n;
  let end = min(row + 4 * BLOCKS_Y, params.m);
  for (var i = 0u; row + i < end; i++) {
    let at = tile + (row + i) * params.lineC;
    let atResidual = pair * params.batchResidual + (row + i) * params.n;
    storeFour(at, atResidual, column, left[i]);
    if (BLOCKS_X == 2) { storeFour(at, atResidual, column + TILE, right[i]); }
  }
}
