/**
 * A function applied to a run of neighbouring numbers.
 */
import { gelu } from './functions';
import { evaluate, GELU } from './generated/functions-by-number';
import { FLOAT, loadSome, storeSome } from './simd';

/** The function with this number of `count` numbers; `from` may be `to`. GELU, which most models use, has a loop without the switch. */
export function evaluateRun(op: i32, from: usize, to: usize, count: i32): void {
  let i = 0;
  if (op === GELU) {
    for (; i + 4 <= count; i += 4) v128.store(to + <usize>i * FLOAT, gelu(v128.load(from + <usize>i * FLOAT)));
  }
  for (; i < count; i += 4) {
    const at = <usize>i * FLOAT;
    storeSome(to + at, evaluate(op, loadSome(from + at, count - i)), count - i);
  }
}
