// y = sum or max along the middle axis, in chunks.
//
// Layout     x: [outer, n, inner]; y: [outer, chunks, inner], where chunk c covers the elements from c·chunk up to (c + 1)·chunk.
// Division   one result per invocation; neighbours read neighbouring columns.
// Formula    y = Σ x or max x, in order. Reducing a long axis by two such passes keeps a chain of additions near √n.
// Requires   MAXIMUM: whether the maximum is taken, else the sum.

override MAXIMUM: bool = false;

const LOWEST = -3.4e38;

const WORKGROUP = 64u;

struct Params {
  n: u32,
  inner: u32,
  chunk: u32,
  chunks: u32,
  count: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

fn combine(a: f32, b: f32) -> f32 {
  if (MAXIMUM) {
    return max(a, b);
  }
  return a + b;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (id.x + id.y * groups.x) * WORKGROUP + lane;
  if (i >= params.count) {
    return;
  }
  let column = i % params.inner;
  let part = i / params.inner;
  let begin = (part % params.chunks) * params.chunk;
  let end = min(begin + params.chunk, params.n);
  let first = (part / params.chunks) * params.n * params.inner + column;
  var result = select(0.0, LOWEST, MAXIMUM);
  for (var k = begin; k < end; k++) {
    result = combine(result, x[first + k * params.inner]);
  }
  y[i] = result;
}
