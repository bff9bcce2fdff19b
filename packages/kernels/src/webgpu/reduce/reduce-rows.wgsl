// y = sum or max of a part of a row.
//
// Layout     x: [rows, n]; y: [rows, chunks], where chunk c covers the elements from c·chunk up to (c + 1)·chunk of its row.
// Division   one workgroup per chunk. Its WIDTH invocations stride through the chunk, then fold their results.
// Formula    y = Σ x or max x. The rounding error of a sum is near that of its longest chain, chunk / WIDTH additions and those of the fold.
// Requires   WIDTH a power of two; MAXIMUM: whether the maximum is taken, else the sum.

//#slot EXTENSIONS
//#end

override WIDTH: u32 = 64u;
override MAXIMUM: bool = false;

const LOWEST = -3.4e38;

struct Params {
  n: u32,
  chunk: u32,
  chunks: u32,
  groups: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

//#slot FOLD
var<workgroup> folded: array<f32, WIDTH>;

/// The largest of every invocation's value, given to all.
fn maxOverRow(value: f32, lane: u32) -> f32 {
  workgroupBarrier();
  folded[lane] = value;
  for (var reach = WIDTH / 2u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (lane < reach) {
      folded[lane] = max(folded[lane], folded[lane + reach]);
    }
  }
  workgroupBarrier();
  return folded[0];
}

/// The sum of every invocation's value, given to all.
fn sumOverRow(value: f32, lane: u32) -> f32 {
  workgroupBarrier();
  folded[lane] = value;
  for (var reach = WIDTH / 2u; reach > 0u; reach /= 2u) {
    workgroupBarrier();
    if (lane < reach) {
      folded[lane] += folded[lane + reach];
    }
  }
  workgroupBarrier();
  return folded[0];
}
//#end

fn combine(a: f32, b: f32) -> f32 {
  if (MAXIMUM) {
    return max(a, b);
  }
  return a + b;
}

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let group = id.x + id.y * groups.x;
  if (group >= params.groups) {
    return;
  }
  let row = group / params.chunks;
  let begin = (group % params.chunks) * params.chunk;
  let end = min(begin + params.chunk, params.n);
  var result = select(0.0, LOWEST, MAXIMUM);
  for (var i = begin + lane; i < end; i += WIDTH) {
    result = combine(result, x[row * params.n + i]);
  }
  if (MAXIMUM) {
    result = maxOverRow(result, lane);
  } else {
    result = sumOverRow(result, lane);
  }
  if (lane == 0u) {
    y[group] = result;
  }
}
