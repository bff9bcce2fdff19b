// dx of layer normalisation, from the statistics that the forward pass kept.
//
// Layout     x, dy, dx: [rows, n]; gain: [n]; mean, rstd: [rows].
// Division   one workgroup of WIDTH invocations per row, which stride through it and fold their sums.
// Formula    with x̂ = (x − mean)·rstd and g = dy·gain: dx = rstd·(g − Σ g / n − x̂·Σ g·x̂ / n); without the last term where rstd is held
//            (held = 1).
// Requires   WIDTH a power of two.

//#slot EXTENSIONS
//#end

override WIDTH: u32 = 64u;

struct Params {
  rows: u32,
  n: u32,
  held: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gain: array<f32>;
@group(0) @binding(3) var<storage, read> mean: array<f32>;
@group(0) @binding(4) var<storage, read> rstd: array<f32>;
@group(0) @binding(5) var<storage, read> dy: array<f32>;
@group(0) @binding(6) var<storage, read_write> dx: array<f32>;

//#slot FOLD
var<workgroup> folded: array<vec2f, WIDTH>;

/// The sums of every invocation's values, given to all.
fn sumsOverRow(values: vec2f, lane: u32) -> vec2f {
  workgroupBarrier();
  folded[lane] = values;
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
  let centre = mean[row];
  let scale = rstd[row];

  // Σ g and Σ g·x̂ side by side.
  var sums = vec2f(0.0);
  for (var i = lane; i < params.n; i += WIDTH) {
    let g = dy[begin + i] * gain[i];
    sums += vec2f(g, g * (x[begin + i] - centre) * scale);
  }
  let means = sumsOverRow(sums, lane) / f32(params.n);
  let slope = select(means.y, 0.0, params.held != 0u);

  for (var i = lane; i < params.n; i += WIDTH) {
    let normalised = (x[begin + i] - centre) * scale;
    dx[begin + i] = scale * (dy[begin + i] * gain[i] - means.x - normalised * slope);
  }
}
