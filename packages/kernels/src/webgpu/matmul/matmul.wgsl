// C = residual + scale ⊙ activation(op(A)·op(B) + bias), for each batch.
//
// Layout     a: [batch, m, k], or [batch, k, m] when A_LAYOUT is 1, or for 2 a picture [batch, channels, height, width] whose patches
//            are the rows: row (r, c) of the product is the patch at row r and column c, unrolled as [channels, patchHeight, patchWidth].
//            b: [batch, k, n], or [batch, n, k] when TRANSPOSE_B. A batch stride of 0 lets all batches share one operand.
//            aVectors, bVectors: the same buffers as vectors of four. bias, scale: [n]. residual: [batch, m, n], stride 0 to share.
//            c: [batch, slices, m, n], where slice s is the product over the s-th range of `depth` steps along k.
// Division   an invocation keeps 4·BLOCKS rows × 4·BLOCKS columns of C in registers, as 4×4 blocks.
//            Tiled: workgroup (x, y, z) makes the tile of 32·BLOCKS rows and columns number (y, x) of slice z. It goes along k in steps
//            of 16; both operands of a step are brought to shared memory.
//            DIRECT: operands are read straight from memory, and neighbouring invocations have neighbouring columns. Made for
//            processors that imitate a GPU: a barrier is expensive there, while their caches do what shared memory does for a GPU.
// Formula    sums of products in f32, in the order of k.
// Requires   8×8 invocations and k in ranges of a multiple of 16 when tiled; VECTOR_A and VECTOR_B only where the contiguous axis
//            of the operand (patchWidth, for a picture) is a multiple of 4; what is absent of bias, scale, residual may be any buffer.

override THREADS_X: u32 = 8;
override THREADS_Y: u32 = 8;
override BLOCKS: u32 = 2;
override DIRECT: bool = false;
override A_LAYOUT: u32 = 0;
override TRANSPOSE_B: bool = false;
override VECTOR_A: bool = false;
override VECTOR_B: bool = false;
override BIAS: bool = false;
override ACTIVATE: bool = false;
override SCALE: bool = false;
override RESIDUAL: bool = false;

struct Params {
  m: u32,
  n: u32,
  k: u32,
  slices: u32,
  depth: u32,
  batchStrideA: u32,
  batchStrideB: u32,
  batchStrideResidual: u32,
  // of a picture, else 1
  columns: u32,
  rows: u32,
  patchHeight: u32,
  patchWidth: u32,
  channels: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> aVectors: array<vec4f>;
@group(0) @binding(3) var<storage, read> b: array<f32>;
@group(0) @binding(4) var<storage, read> bVectors: array<vec4f>;
@group(0) @binding(5) var<storage, read> bias: array<f32>;
@group(0) @binding(6) var<storage, read> scale: array<f32>;
@group(0) @binding(7) var<storage, read> residual: array<f32>;
@group(0) @binding(8) var<storage, read_write> c: array<f32>;

//#slot ACTIVATION
fn apply(x: f32) -> f32 { return x; }
//#end

const STEP = 16u;
// Rows (columns) of a tile. In shared memory they run along lines, one line for each k, and lines begin in different banks.
override EDGE = 32 * BLOCKS;
override LINE = EDGE + 4;
var<workgroup> tileA: array<f32, STEP * LINE>;
var<workgroup> tileB: array<f32, STEP * LINE>;

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
  if (A_LAYOUT == 2) {
    let perPicture = params.rows * params.columns;
    let index = row % perPicture;
    let line = row / perPicture * params.channels * params.rows + index / params.columns;
    return (line * params.patchHeight * params.columns + index % params.columns) * params.patchWidth;
  }
  return select(row * params.k, row, A_LAYOUT == 1);
}

fn depthOfA(k: u32) -> u32 {
  if (A_LAYOUT == 2) {
    let line = k / params.patchWidth;
    let channel = line / params.patchHeight;
    let y = channel * params.rows * params.patchHeight + line % params.patchHeight;
    return y * params.columns * params.patchWidth + k % params.patchWidth;
  }
  return select(k, k * params.m, A_LAYOUT == 1);
}

// Element (k, column) of op(B) lies at columnOfB(column) + depthOfB(k).
fn columnOfB(column: u32) -> u32 {
  return select(column, column * params.k, TRANSPOSE_B);
}

fn depthOfB(k: u32) -> u32 {
  return select(k * params.n, k, TRANSPOSE_B);
}

fn elementA(task: Task, row: u32, k: u32) -> f32 {
  if (row < params.m && k < task.end) { return a[task.a + rowOfA(row) + depthOfA(k)]; }
  return 0.0;
}

fn elementB(task: Task, k: u32, column: u32) -> f32 {
  if (column < params.n && k < task.end) { return b[task.b + columnOfB(column) + depthOfB(k)]; }
  return 0.0;
}

// Four elements along the contiguous axis, from (row, k) on; zeros outside.
fn fourOfA(task: Task, row: u32, k: u32) -> vec4f {
  if (VECTOR_A) {
    if (row < params.m && k < task.end) { return aVectors[(task.a + rowOfA(row) + depthOfA(k)) / 4]; }
    return vec4f();
  }
  let step = select(vec2u(0, 1), vec2u(1, 0), A_LAYOUT == 1);
  return vec4f(
    elementA(task, row, k),
    elementA(task, row + step.x, k + step.y),
    elementA(task, row + 2 * step.x, k + 2 * step.y),
    elementA(task, row + 3 * step.x, k + 3 * step.y),
  );
}

fn fourOfB(task: Task, k: u32, column: u32) -> vec4f {
  if (VECTOR_B) {
    if (column < params.n && k < task.end) { return bVectors[(task.b + columnOfB(column) + depthOfB(k)) / 4]; }
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

// Brings op(A) and op(B) of one step to shared memory: four floats at a time, which neighbouring invocations read along the
// contiguous axis.
fn loadTiles(task: Task, row: u32, column: u32, k: u32, lane: u32) {
  for (var i = lane; i < EDGE * STEP / 4; i += 64) {
    let alongDepth = vec2u(i / (STEP / 4), i % (STEP / 4) * 4);
    let acrossDepth = vec2u(i % (EDGE / 4) * 4, i / (EDGE / 4));
    let a = select(alongDepth, acrossDepth, A_LAYOUT == 1);
    let fourA = fourOfA(task, row + a.x, k + a.y);
    let stepA = select(LINE, 1, A_LAYOUT == 1);
    let atA = a.y * LINE + a.x;
    tileA[atA] = fourA.x;
    tileA[atA + stepA] = fourA.y;
    tileA[atA + 2 * stepA] = fourA.z;
    tileA[atA + 3 * stepA] = fourA.w;
    let b = select(acrossDepth, alongDepth, TRANSPOSE_B);
    let fourB = fourOfB(task, k + b.y, column + b.x);
    let stepB = select(1, LINE, TRANSPOSE_B);
    let atB = b.y * LINE + b.x;
    tileB[atB] = fourB.x;
    tileB[atB + stepB] = fourB.y;
    tileB[atB + 2 * stepB] = fourB.z;
    tileB[atB + 3 * stepB] = fourB.w;
  }
}

fn multiplyTile(task: Task, row: u32, column: u32, invocation: vec2u, lane: u32) -> Blocks {
  var sum = Blocks();
  for (var k = task.begin; k < task.end; k += STEP) {
    loadTiles(task, row, column, k, lane);
    workgroupBarrier();
    for (var i = 0u; i < STEP; i++) {
      let atA = i * LINE + 4 * BLOCKS * invocation.y;
      let atB = i * LINE + 4 * invocation.x;
      let x = vec4f(tileA[atA], tileA[atA + 1], tileA[atA + 2], tileA[atA + 3]);
      let y = vec4f(tileB[atB], tileB[atB + 1], tileB[atB + 2], tileB[atB + 3]);
      sum.c00 = addOuter(sum.c00, x, y);
      if (BLOCKS == 2) {
        let below = vec4f(tileA[atA + 4], tileA[atA + 5], tileA[atA + 6], tileA[atA + 7]);
        let right = vec4f(tileB[atB + 32], tileB[atB + 33], tileB[atB + 34], tileB[atB + 35]);
        sum.c01 = addOuter(sum.c01, x, right);
        sum.c10 = addOuter(sum.c10, below, y);
        sum.c11 = addOuter(sum.c11, below, right);
      }
    }
    workgroupBarrier();
  }
  return sum;
}

fn gatherA(at: vec4u) -> vec4f {
  return vec4f(a[at.x], a[at.y], a[at.z], a[at.w]);
}

fn gatherB(at: vec4u) -> vec4f {
  return vec4f(b[at.x], b[at.y], b[at.z], b[at.w]);
}

fn rowsOfA(row: vec4u) -> vec4u {
  let r = min(row, vec4u(params.m - 1));
  return vec4u(rowOfA(r.x), rowOfA(r.y), rowOfA(r.z), rowOfA(r.w));
}

fn columnsOfB(column: vec4u) -> vec4u {
  let c = min(column, vec4u(params.n - 1));
  return vec4u(columnOfB(c.x), columnOfB(c.y), columnOfB(c.z), columnOfB(c.w));
}

fn multiplyDirect(task: Task, row: u32, column: u32) -> Blocks {
  const FOUR = vec4u(0, 1, 2, 3);
  let rows = task.a + rowsOfA(row + FOUR);
  let rowsBelow = task.a + rowsOfA(row + 4 + FOUR);
  let columns = task.b + columnsOfB(column + THREADS_X * FOUR);
  let columnsRight = task.b + columnsOfB(column + THREADS_X * (4 + FOUR));
  var sum = Blocks();
  for (var k = task.begin; k < task.end; k++) {
    let depthA = vec4u(depthOfA(k));
    let depthB = vec4u(depthOfB(k));
    let x = gatherA(rows + depthA);
    let y = gatherB(columns + depthB);
    sum.c00 = addOuter(sum.c00, x, y);
    if (BLOCKS == 2) {
      let below = gatherA(rowsBelow + depthA);
      let right = gatherB(columnsRight + depthB);
      sum.c01 = addOuter(sum.c01, x, right);
      sum.c10 = addOuter(sum.c10, below, y);
      sum.c11 = addOuter(sum.c11, below, right);
    }
  }
  return sum;
}

fn store(slice: u32, row: u32, column: u32, product: f32) {
  if (column >= params.n) { return; }
  var value = product;
  if (BIAS) { value += bias[column]; }
  if (ACTIVATE) { value = apply(value); }
  if (SCALE) { value *= scale[column]; }
  if (RESIDUAL) { value += residual[slice / params.slices * params.batchStrideResidual + row * params.n + column]; }
  c[(slice * params.m + row) * params.n + column] = value;
}

fn storeFour(slice: u32, row: u32, column: u32, step: u32, values: vec4f) {
  store(slice, row, column, values.x);
  store(slice, row, column + step, values.y);
  store(slice, row, column + 2 * step, values.z);
  store(slice, row, column + 3 * step, values.w);
}

@compute @workgroup_size(THREADS_X, THREADS_Y)
fn main(
  @builtin(workgroup_id) group: vec3u,
  @builtin(local_invocation_id) invocation: vec3u,
  @builtin(local_invocation_index) lane: u32,
) {
  let batch = group.z / params.slices;
  let begin = group.z % params.slices * params.depth;
  let task = Task(batch * params.batchStrideA, batch * params.batchStrideB, begin, min(begin + params.depth, params.k));
  let rows = group.y * THREADS_Y * 4 * BLOCKS;
  let columns = group.x * THREADS_X * 4 * BLOCKS;
  let row = rows + invocation.y * 4 * BLOCKS;
  var column: u32;
  var step: u32;
  var sum: Blocks;
  if (DIRECT) {
    column = columns + invocation.x;
    step = THREADS_X;
    sum = multiplyDirect(task, row, column);
  } else {
    column = columns + invocation.x * 4;
    step = 1;
    sum = multiplyTile(task, rows, columns, invocation.xy, lane);
  }
  // A loop of unknown length is not unrolled: the function in the slot would else be there 64 times, and take long to compile.
  let left = array(sum.c00[0], sum.c00[1], sum.c00[2], sum.c00[3], sum.c10[0], sum.c10[1], sum.c10[2], sum.c10[3]);
  let right = array(sum.c01[0], sum.c01[1], sum.c01[2], sum.c01[3], sum.c11[0], sum.c11[1], sum.c11[2], sum.c11[3]);
  let end = min(row + 4 * BLOCKS, params.m);
  for (var i = 0u; row + i < end; i++) {
    storeFour(group.z, row + i, column, step, left[i]);
    if (BLOCKS == 2) {
      storeFour(group.z, row + i, column + 4 * THREADS_X, step, right[i]);
    }
  }
}
