/** The rule of differentiation that holds gates constant. */
import { describe, expect, it } from 'vitest';
import {
  ACTIVATIONS,
  activate,
  attention,
  attentionWithWeights,
  createReferenceBackend,
  gateOf,
  gelu,
  geluTanh,
  layerNorm,
  linear,
  matmul,
  openTape,
  quickGelu,
  Random,
  randomNormal,
  selfAttention,
  silu,
  slice,
  sum,
  type Tensor,
  tensor,
  vjp,
} from './index.ts';

const backend = createReferenceBackend({ precision: 64 });
const normal = (seed: number, ...shape: number[]): Tensor => randomNormal(backend, shape, new Random(seed));

/** The gradient under frozen gates. */
async function frozen(f: (x: Tensor) => Tensor, x: Tensor, dy: Tensor): Promise<number[]> {
  return Array.from(await vjp(f, x, () => dy, 'frozen-gates').gradient.data());
}

describe('under frozen gates', () => {
  const points = [-3, -0.5, 0, 0.25, 2];
  it.each([
    ['gelu', gelu],
    ['geluTanh', geluTanh],
    ['quickGelu', quickGelu],
    ['silu', silu],
  ] as const)('%s passes on what its gate lets through, ½ at zero', async (_, f) => {
    const x = tensor(backend, points);
    const values = await f(x).data();
    const gates = await frozen(
      f,
      x,
      tensor(
        backend,
        points.map(() => 1),
      ),
    );
    for (const [i, point] of points.entries()) expect(gates[i]).toBeCloseTo(point === 0 ? 0.5 : (values[i] ?? 0) / point, 6);
  });

  it.each(ACTIVATIONS)('the gate of %s is what a gradient of ones becomes', async (name) => {
    const x = tensor(backend, points);
    const passed = await frozen(
      (y) => activate(y, name),
      x,
      tensor(
        backend,
        points.map(() => 1),
      ),
    );
    for (const [i, gate] of (await gateOf(x, name).data()).entries()) expect(gate).toBeCloseTo(passed[i] ?? 0, 6);
  });

  it('layerNorm is (γ⊙dy − mean(γ⊙dy))/σ', async () => {
    const [x, gain] = [normal(1, 2, 5), normal(2, 5)];
    const dy = normal(3, 2, 5);
    const found = await frozen((y) => layerNorm(y, gain, normal(4, 5), 1e-6), x, dy);
    const [rows, weights, gradient] = [await x.data(), await gain.data(), await dy.data()];
    for (const row of [0, 1]) {
      const values = [...rows.slice(row * 5, row * 5 + 5)];
      const mean = values.reduce((a, b) => a + b) / 5;
      const sigma = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / 5 + 1e-6);
      const g = values.map((_, j) => (weights[j] ?? 0) * (gradient[row * 5 + j] ?? 0));
      const average = g.reduce((a, b) => a + b) / 5;
      for (const [j, each] of g.entries()) expect(found[row * 5 + j]).toBeCloseTo((each - average) / sigma, 6);
    }
  });

  it('all three forms of attention send nothing to queries and keys, and the same to values', async () => {
    const qkv = normal(5, 1, 4, 12);
    const dy = normal(6, 1, 4, 4);
    const parts = [0, 1, 2].map((i) => slice(qkv, 2, 4 * i, 4 * i + 4)) as [Tensor, Tensor, Tensor];
    const whole = await frozen((x) => selfAttention(x, { heads: 2 }), qkv, dy);
    for (const f of [attention, (...args: Parameters<typeof attention>) => attentionWithWeights(...args).output]) {
      const { gradient } = vjp(
        ([q, k, v]) => f(q, k, v, { heads: 2 }),
        parts,
        () => dy,
        'frozen-gates',
      );
      const [dq, dk, dv] = await Promise.all(gradient.map(async (x) => Array.from(await x.data())));
      expect([...(dq ?? []), ...(dk ?? [])].every((x) => x === 0)).toBe(true);
      for (const [i, x] of (dv ?? []).entries()) expect(whole[Math.floor(i / 4) * 12 + 8 + (i % 4)]).toBeCloseTo(x, 6);
    }
  });

  it('products of a signal and its gradient add up to the result of a network without biases', async () => {
    const [first, second, gain] = [normal(7, 8, 4), normal(8, 4, 8), normal(9, 4)];
    const none = tensor(backend, [0, 0, 0, 0]);
    const network = (x: Tensor): Tensor => {
      const tokens = layerNorm(x, gain, none, 1e-6);
      const mixed = selfAttention(matmul(tokens, normal(10, 4, 12)), { heads: 2 });
      return sum(linear(linear(layerNorm(mixed, gain, none, 1e-6), first, undefined, { activation: 'gelu' }), second));
    };
    const x = normal(11, 1, 3, 4);
    using tape = openTape(backend);
    tape.watch(x);
    const value = network(x);
    const products = async (rule: 'true' | 'frozen-gates'): Promise<number> => {
      const [gradient] = tape.gradient(value, [x], undefined, rule);
      const [a, b] = [await x.data(), (await gradient?.data()) ?? []];
      return a.reduce((total, each, i) => total + each * (b[i] ?? 0), 0);
    };
    expect(await products('frozen-gates')).toBeCloseTo(await value.item(), 5);
    expect(Math.abs((await products('true')) - (await value.item()))).toBeGreaterThan(0.1);
  });
});

describe('a sealed tape', () => {
  it('records nothing more, and still answers, also for tensors that were disposed since', async () => {
    const x = tensor(backend, [1, 2, 3]);
    using tape = openTape(backend);
    tape.watch(x);
    const square = silu(x);
    const total = sum(square);
    tape.seal();
    const later = gelu(x);
    square.dispose();
    expect(() => tape.gradient(later, [x])).toThrow('was not computed from anything that this tape watches');
    expect(() => tape.watch(later)).toThrow('sealed');
    const [gradient] = tape.gradient(total, [square]);
    expect(Array.from((await gradient?.data()) ?? [])).toEqual([1, 1, 1]);
  });
});
