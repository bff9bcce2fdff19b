// y = (x − mean)·rstd·gain + bias over every row, with mean and rstd kept for the gradient.
//
// Layout     x, y: [rows, n]; gain, bias: [n]; mean, rstd: [rows].
// Division   one workgroup of WIDTH invocations per row, which stride through it and fold their sums.
// Formula    mean = Σ x / n, then rstd = 1 / √(Σ (x − mean)² / n + epsilon). Two passes: Σ x² / n − mean² loses all its digits
//            in rows whose mean is much larger than their spread, as the residual stream of large models has them.
// Requires   WIDTH a power of two.

//#slot EXTENSIONS
//#end

override WIDTH: u32 = 64u;

struct Params {
  rows: u32,
  n: u32,
  epsilon: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gain: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> mean: array<f32>;
@group(0) @binding(6) var<storage, read_write> rstd: array<f32>;

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

  var sum = 0.0;
  for (var i = lane; i < params.n; i += WIDTH) {
    sum += x[begin + i];
  }
  let centre = sumOverRow(sum, lane) / f32(params.n);

  var squares = 0.0;
  for (var i = lane; i < params.n; i += WIDTH) {
    let deviation = x[begin + i] - centre;
    squares = fma(deviation, deviation, squares);
  }
  let scale = 1.0 / sqrt(sumOverRow(squares, lane) / f32(params.n) + params.epsilon);

  for (var i = lane; i < params.n; i += WIDTH) {
    y[begin + i] = fma((x[begin + i] - centre) * scale, gain[i], bias[i]);
  }
  if (lane == 0u) {
    mean[row] = centre;
    rstd[row] = scale;
  }
}
