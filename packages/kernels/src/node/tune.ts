/**
 * Measures the variants of the matrix product on the adapter at hand. `npm run tune` writes what it finds to the table by which
 * `matmul/variants.ts` chooses.
 *
 * All candidates are run in turn, several times, so that other work of the machine slows all of them down alike. The least time of each
 * counts, relative to that of the best for the same product.
 */
import type { Storage } from '@cdam/tensor';
import { createNodeGpu } from '../node.ts';
import { adapterName, isSoftware, requestAdapter, requestDevice } from '../webgpu/device.ts';
import { GpuRuntime } from '../webgpu/gpu-runtime.ts';
import { appendProduct, denseMatrices, type Product } from '../webgpu/matmul/product.ts';
import type { VariantName, VariantRule } from '../webgpu/matmul/variant-table.ts';
import { tilesOf, variantNamed } from '../webgpu/matmul/variants.ts';
import { subgroupLanes } from '../webgpu/runtime.ts';

/** Rows, inner size and columns of a product. */
type Shape = readonly [m: number, k: number, n: number];

/** Products of Vision Transformers by the size of their results. The first band that holds a product is its own. */
const BANDS: readonly { readonly limit: Omit<VariantRule, 'variant'>; readonly shapes: readonly Shape[] }[] = [
  {
    limit: { rows: 4 },
    shapes: [
      [1, 192, 1000],
      [3, 768, 3072],
    ],
  },
  {
    limit: { tiles: 63 },
    shapes: [
      [197, 192, 192],
      [197, 768, 192],
      [197, 64, 197],
    ],
  },
  {
    limit: { tiles: 255 },
    shapes: [
      [197, 192, 576],
      [197, 192, 768],
      [197, 768, 768],
    ],
  },
  {
    limit: { tiles: 1023 },
    shapes: [
      [197, 384, 1536],
      [197, 768, 3072],
      [1370, 384, 384],
    ],
  },
  {
    limit: {},
    shapes: [
      [1576, 192, 768],
      [1370, 768, 2304],
    ],
  },
];

const ROUNDS = 7;
/** A candidate that takes this many times as long as the best is not tried again. */
const HOPELESS = 2;
/** Products that are appended before a wait, so that the wait counts for little. */
const AT_ONCE = 2;

/** What was found: rules for the table, and lines that show the measurements behind them. */
export interface Tuning {
  /** The part of the table to which this adapter belongs. */
  readonly kind: 'gpu' | 'software';
  readonly adapter: string;
  readonly rules: readonly VariantRule[];
  readonly report: readonly string[];
}

/** Measures on the adapter that Dawn gives. */
export async function tune(): Promise<Tuning> {
  const gpu = await createNodeGpu();
  const adapter = await requestAdapter(gpu, { powerPreference: 'high-performance' });
  const software = isSoftware(adapter.info);
  const device = await requestDevice(adapter, false);
  const runtime = new GpuRuntime(device, { gpu, poolBytes: 2 ** 28, software });
  const lanes = subgroupLanes(runtime);
  const tiled: VariantName[] = ['32×32', '64×32', '64×64'];
  const candidates: VariantName[] = lanes === undefined ? tiled : [...tiled, 'subgroup'];
  const report: string[] = [];
  const rules: VariantRule[] = [];
  for (const { limit, shapes } of BANDS) {
    const losses = new Map<VariantName, number>();
    for (const shape of shapes) {
      const times = await measure(runtime, shape, candidates, lanes);
      const best = Math.min(...times.values());
      for (const [name, time] of times) losses.set(name, (losses.get(name) ?? 0) + Math.log(time / best));
      report.push(`${shape.join('×')} (${tilesOf(shape[0], shape[2], 1)} tiles): ${told(times)}`);
    }
    const [best] = [...losses].sort(([, a], [, b]) => a - b);
    if (best) rules.push({ ...limit, variant: best[0] });
  }
  runtime.dispose();
  return {
    kind: software && lanes !== undefined ? 'software' : 'gpu',
    adapter: adapterName(adapter.info),
    rules: withoutRepeats(rules),
    report,
  };
}

/** Leaves out a band of tiles whose variant is also that of the next larger band. */
function withoutRepeats(rules: readonly VariantRule[]): VariantRule[] {
  return rules.filter(({ rows, variant }, i) => rows !== undefined || rules[i + 1]?.variant !== variant);
}

async function measure(
  runtime: GpuRuntime,
  [m, k, n]: Shape,
  candidates: readonly VariantName[],
  lanes: number | undefined,
): Promise<Map<VariantName, number>> {
  const filled = (length: number): Storage => runtime.upload(Float32Array.from({ length }, (_, i) => Math.sin(i)));
  const [a, b, c] = [filled(m * k), filled(n * k), runtime.allocate(m * n)];
  const product: Product = {
    op: 'tune',
    a: denseMatrices(a, m, k),
    b: denseMatrices(b, n, k),
    ...{ pairs: 1, heads: 1, m, n, k, transposeA: false, transposeB: true, epilogue: {}, slices: 1 },
  };
  const corner = runtime.allocate(1);
  const times = new Map<VariantName, number>();
  // The first round compiles, and is not measured.
  for (let round = -1; round < ROUNDS; round++) {
    for (const name of candidates) {
      if ((times.get(name) ?? 0) > HOPELESS * Math.min(...times.values())) continue;
      const started = performance.now();
      for (let i = 0; i < AT_ONCE; i++) appendProduct(runtime, product, denseMatrices(c, m, n), variantNamed(name, lanes));
      await runtime.read(corner);
      if (round >= 0) times.set(name, Math.min(times.get(name) ?? Number.POSITIVE_INFINITY, (performance.now() - started) / AT_ONCE));
    }
  }
  for (const storage of [a, b, c, corner]) runtime.release(storage);
  return times;
}

function told(times: ReadonlyMap<VariantName, number>): string {
  return Array.from(times, ([name, time]) => `${name} ${time.toFixed(2)} ms`).join(', ');
}
