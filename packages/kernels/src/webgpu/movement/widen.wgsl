// Numbers of half precision as 32-bit floats.
//
// Layout     x: two numbers in each word, the first in its lower half. y: the same numbers, [length]; both may be longer.
// Division   an invocation widens one word. Workgroups of 64 words are folded into two dimensions.
// Formula    exact, except that a GPU may take magnitudes below 2⁻¹⁴ for 0. The type f16 does not occur, so any device compiles it.

const WORKGROUP = 64u;

struct Params {
  words: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<vec2f>;

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = (group.x + group.y * groups.x) * WORKGROUP + lane;
  if (i < params.words) { y[i] = unpack2x16float(x[i]); }
}
