// dx of y = softmax(x), or of its logarithm, over rows, from y alone.
//
// Layout     y, dy, dx: [rows, n].
// Division   one workgroup of WIDTH invocations per row, which stride through it and fold their sums.
// Formula    softmax: dx = y ⊙ (dy − Σ y·dy); logarithm: dx = dy − e^y·Σ dy.
// Requires   WIDTH a power of two; LOGARITHM: whether the logarithm of the softmax is meant.

//#slot EXTENSIONS
//#end

override WIDTH: u32 = 64u;
override LOGARITHM: bool = false;

struct Params {
  rows: u32,
  n: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> y: array<f32>;
@group(0) @binding(2) var<storage, read> dy: array<f32>;
@group(0) @binding(3) var<storage, read_write> dx: array<f32>;

//#slot FOLD
var<workgroup> folded: array<f32, WIDTH>;

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

  var sum = 0.0;
  for (var i = begin + lane; i < end; i += WIDTH) {
    sum += select(y[i] * dy[i], dy[i], LOGARITHM);
  }
  sum = sumOverRow(sum, lane);

  for (var i = begin + lane; i < end; i += WIDTH) {
    if (LOGARITHM) {
      dx[i] = dy[i] - exp(y[i]) * sum;
    } else {
      dx[i] = y[i] * (dy[i] - sum);
    }
  }
}
