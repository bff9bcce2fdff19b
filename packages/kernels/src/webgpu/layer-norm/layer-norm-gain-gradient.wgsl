// The part of the gain's gradient that a few rows give; the parts are summed by a reduction. No atomics, so it is deterministic.
//
// Layout     x, dy: [rows, n]; mean, rstd: [rows]; parts: [count / n, n], where part p covers the rows from p·chunk on.
// Division   one element of the parts per invocation; neighbours read neighbouring columns.
// Formula    parts_p = Σ over its rows of dy·(x − mean)·rstd.

const WORKGROUP = 64u;

struct Params {
  rows: u32,
  n: u32,
  chunk: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> mean: array<f32>;
@group(0) @binding(3) var<storage, read> rstd: array<f32>;
@group(0) @binding(4) var<storage, read> dy: array<f32>;
@group(0) @binding(5) var<storage, read_write> parts: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (id.x + id.y * groups.x) * WORKGROUP + lane;
  if (i >= params.count) {
    return;
  }
  let column = i % params.n;
  let begin = (i / params.n) * params.chunk;
  let end = min(begin + params.chunk, params.rows);
  var sum = 0.0;
  for (var row = begin; row < end; row++) {
    let at = row * params.n + column;
    sum = fma(dy[at], (x[at] - mean[row]) * rstd[row], sum);
  }
  parts[i] = sum;
}
