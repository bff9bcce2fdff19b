/**
 * The element type of an operand that a kernel reads in half precision, if it is kept so.
 *
 * Such a shader declares the type in a slot before everything but comments, because `enable` must come first:
 * `//#slot ELEMENT_X`, `alias ElementX = f32;`, `//#end`. Its dispatch names the input among `keptInputs`.
 */
import type { Storage } from '@cdam/tensor';
import type { Runtime } from './runtime.ts';

/** What fills the slot of an operand, such as `X` of `ELEMENT_X`. For 32 bits it is nothing: the file declares them. */
export function elementSlot<O extends string>(runtime: Runtime, operand: O, storage: Storage): { readonly [S in `ELEMENT_${O}`]?: string } {
  const slots: { [S in `ELEMENT_${O}`]?: string } = {};
  if (runtime.isHalf(storage)) slots[`ELEMENT_${operand}`] = `enable f16;\nalias Element${operand} = f16;`;
  return slots;
}
