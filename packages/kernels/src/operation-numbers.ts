/**
 * The numbers by which the kernels of both backends know operations of the contract.
 */
import type { Binary, Reduction } from '@cdam/tensor';
import { ADD, DIV, EQUAL, MAX, MUL, SUB, SUM } from './shared-numbers.ts';

/** Functions of two numbers. */
export const combinations: Readonly<Record<Binary, number>> = { add: ADD, sub: SUB, mul: MUL, div: DIV, equal: EQUAL };

/** Reductions. */
export const reductions: Readonly<Record<Reduction, number>> = { sum: SUM, max: MAX };
