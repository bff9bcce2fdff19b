// y = softmax of every row of x, or its logarithm.
//
// Layout     x, y: [rows, n].
// Division   one workgroup of WIDTH invocations per row, which stride through it and fold maxima and sums.
// Formula    y_i = e^(x_i − m) / Σ_j e^(x_j − m), m = max x; logarithm: x_i − m − log Σ_j e^(x_j − m).
// Requires   WIDTH a power of two; LOGARITHM: whether the logarithm of the softmax is meant.

//#slot EXTENSIONS
//#end

override WIDTH: u32 = 64u;
override LOGARITHM: bool = false;

const LOWEST = -3.4e38;

struct Params {
  rows: u32,
  n: u32,
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

@compute @workgroup_size(WIDTH)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = id.x + id.y * groups.x;
  if (row >= params.rows) {
    return;
  }
  let begin = row * params.n;
  let end = begin + params.n;

  var largest = LOWEST;
  for (var i = begin + lane; i < end; i += WIDTH) {
    largest = max(largest, x[i]);
  }
  largest = maxOverRow(largest, lane);

  var sum = 0.0;
  for (var i = begin + lane; i < end; i += WIDTH) {
    sum += exp(x[i] - largest);
  }
  sum = sumOverRow(sum, lane);

  for (var i = begin + lane; i < end; i += WIDTH) {
    let shifted = x[i] - largest;
    if (LOGARITHM) {
      y[i] = shifted - log(sum);
    } else {
      y[i] = exp(shifted) / sum;
    }
  }
}
