import { describe, expect, it } from 'vitest';
import { gaussLegendre, type Quadrature, rightRiemann } from './quadrature.ts';

const integral = ({ nodes, weights }: Quadrature, f: (x: number) => number): number =>
  nodes.reduce((sum, node, i) => sum + (weights[i] ?? Number.NaN) * f(node), 0);

describe("Gauss and Legendre's rule", () => {
  it('has the nodes and weights of the tables', () => {
    const { nodes, weights } = gaussLegendre(3);
    const expected = [0.5 - Math.sqrt(0.15), 0.5, 0.5 + Math.sqrt(0.15)];
    for (const [i, node] of nodes.entries()) expect(node).toBeCloseTo(expected[i] ?? Number.NaN, 14);
    for (const [i, weight] of weights.entries()) expect(weight).toBeCloseTo(([5, 8, 5][i] ?? Number.NaN) / 18, 14);
  });

  it.each([1, 2, 7, 50])('with %i nodes is exact up to its degree, and not beyond', (n) => {
    const rule = gaussLegendre(n);
    expect(rule.nodes).toEqual(rule.nodes.toSorted((a, b) => a - b));
    expect(rule.nodes).toHaveLength(n);
    for (let degree = 0; degree < 2 * n; degree++) expect(integral(rule, (x) => x ** degree)).toBeCloseTo(1 / (degree + 1), 13);
    if (n <= 7) expect(Math.abs(integral(rule, (x) => x ** (2 * n)) - 1 / (2 * n + 1))).toBeGreaterThan(1e-9);
  });

  it('stays exact with very many nodes', () => {
    expect(integral(gaussLegendre(2000), (x) => Math.exp(x))).toBeCloseTo(Math.E - 1, 12);
  });
});

it('the right Riemann sum takes the right end of each step', () => {
  expect(rightRiemann(4)).toEqual({ nodes: [0.25, 0.5, 0.75, 1], weights: [0.25, 0.25, 0.25, 0.25] });
});
