/**
 * The numbers by which kernels know functions. Where a kernel lacks a function of the contract, this file does not compile: the error
 * names the function.
 */
import type { Activation, Unary } from '@cdam/tensor';
import { FUNCTION_NUMBERS } from './generated/tables.ts';

/** Functions of one number, in assembly/functions.ts. */
export const functions: Readonly<Record<Unary, number>> = FUNCTION_NUMBERS;

/** The number of an activation; 0 for none. */
export function activationNumber(activation: Activation | undefined): number {
  return activation === undefined ? 0 : functions[activation];
}
