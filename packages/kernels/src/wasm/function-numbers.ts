/**
 * The numbers by which kernels know functions. Where a kernel lacks a function of the contract, this file does not compile: the error
 * names the function.
 */
import type { Activation, Binary, Reduction, Unary } from '@cdam/tensor';
import { ADD, DIV, EQUAL, MAX, MUL, SUB, SUM } from '../shared-numbers.ts';
import { FUNCTION_NUMBERS } from './generated/tables.ts';

/** Functions of one number, in assembly/functions.ts. */
export const functions: Readonly<Record<Unary, number>> = FUNCTION_NUMBERS;

/** Functions of two numbers, in assembly/elementwise.ts. */
export const combinations: Readonly<Record<Binary, number>> = { add: ADD, sub: SUB, mul: MUL, div: DIV, equal: EQUAL };

/** Reductions, in assembly/reduce.ts. */
export const reductions: Readonly<Record<Reduction, number>> = { sum: SUM, max: MAX };

/** The number of an activation; 0 for none. */
export function activationNumber(activation: Activation | undefined): number {
  return activation === undefined ? 0 : functions[activation];
}
