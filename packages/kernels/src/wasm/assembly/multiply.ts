/**
 * The inner kernel of every product of matrices: a strip of 6 rows times a panel of 8 columns, all 48 sums in registers.
 *
 * It is written out because a compiler keeps an accumulator in a register only when it is a variable of its own. 6 × 8 sums are 12
 * vectors; with two vectors of a panel's row and one of a strip's they fit into 16 registers. In V8 on x86-64, 6 × 8 was the fastest of
 * nine shapes; 4 × 8 and 3 × 12 come close, and 4 × 12 needs more registers than there are.
 */
import { PANEL, STRIP } from './pack';
import { madd } from './simd';

/** out[r][c] = Σ_p strip[p][r]·panel[p][c] for all 6 × 8; rows of `out` are `rowBytes` apart. */
export function multiply(strip: usize, panel: usize, depth: i32, out: usize, rowBytes: usize): void {
  let c00 = f32x4.splat(0),
    c01 = f32x4.splat(0);
  let c10 = f32x4.splat(0),
    c11 = f32x4.splat(0);
  let c20 = f32x4.splat(0),
    c21 = f32x4.splat(0);
  let c30 = f32x4.splat(0),
    c31 = f32x4.splat(0);
  let c40 = f32x4.splat(0),
    c41 = f32x4.splat(0);
  let c50 = f32x4.splat(0),
    c51 = f32x4.splat(0);
  for (let p = 0; p < depth; p++) {
    const b0 = v128.load(panel);
    const b1 = v128.load(panel, 16);
    const a0 = v128.load32_splat(strip);
    c00 = madd(a0, b0, c00);
    c01 = madd(a0, b1, c01);
    const a1 = v128.load32_splat(strip, 4);
    c10 = madd(a1, b0, c10);
    c11 = madd(a1, b1, c11);
    const a2 = v128.load32_splat(strip, 8);
    c20 = madd(a2, b0, c20);
    c21 = madd(a2, b1, c21);
    const a3 = v128.load32_splat(strip, 12);
    c30 = madd(a3, b0, c30);
    c31 = madd(a3, b1, c31);
    const a4 = v128.load32_splat(strip, 16);
    c40 = madd(a4, b0, c40);
    c41 = madd(a4, b1, c41);
    const a5 = v128.load32_splat(strip, 20);
    c50 = madd(a5, b0, c50);
    c51 = madd(a5, b1, c51);
    strip += STRIP;
    panel += PANEL;
  }
  storeRow(out, c00, c01);
  storeRow(out + rowBytes, c10, c11);
  storeRow(out + 2 * rowBytes, c20, c21);
  storeRow(out + 3 * rowBytes, c30, c31);
  storeRow(out + 4 * rowBytes, c40, c41);
  storeRow(out + 5 * rowBytes, c50, c51);
}

function storeRow(out: usize, left: v128, right: v128): void {
  v128.store(out, left);
  v128.store(out, right, 16);
}
