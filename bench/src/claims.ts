/**
 * The claims of the project about speed, as ratios between measurements of one run, and whether the run confirms them.
 */
import { labelOf, pytorch, pytorchOtherBlas } from './contenders.ts';
import type { Measurement } from './measure.ts';
import { median } from './statistics.ts';
import { BATCH, nameOf, products } from './workloads.ts';

/** A claim: the time of `subject` compared with the time of `base`. */
interface Comparison {
  readonly claim: string;
  /** The least base / subject, or the largest subject / base. */
  readonly wanted: { readonly atLeast: number } | { readonly atMost: number };
  readonly subject: readonly [contender: string, workload: string];
  readonly base: readonly [contender: string, workload: string];
  /** True to compare the time until the first result (opening, loading, first run) and not the time of later runs. */
  readonly start?: boolean;
}

/** Whether a run confirms a claim. */
export interface Verdict {
  readonly claim: string;
  /** The limit of the ratio, as text. */
  readonly wanted: string;
  /** The median over rounds; undefined when a side could not be measured. */
  readonly ratio?: number | undefined;
  /** The smallest and the largest ratio of a round. */
  readonly range?: readonly [number, number] | undefined;
  /** True when the ratio is within the limit. */
  readonly met?: boolean | undefined;
  /** Why a side could not be measured. */
  readonly reason?: string | undefined;
}

/** All comparisons, in the order of the report. */
function comparisons(): Comparison[] {
  return [...productClaims(), ...forwardClaims(), ...cdamClaims(), ...ledgerClaims()];
}

function productClaims(): Comparison[] {
  return products.map(nameOf).flatMap((workload) =>
    (['node', 'chromium'] as const).flatMap((place) => {
      const subject = [`cdam:webgpu:${place}`, workload] as const;
      const against = (library: string, atLeast: number): Comparison => ({
        claim: `product ${workload}, WebGPU in ${place}: ours over ${library}`,
        wanted: { atLeast },
        subject,
        base: [`${library}:webgpu:${place}`, workload],
      });
      const onnx = place === 'node' ? 'onnxruntime-node' : 'onnxruntime-web';
      return [against('jax-js', 1.5), against('tfjs', 1), against(onnx, 1)];
    }),
  );
}

function forwardClaims(): Comparison[] {
  const against = (subject: string, base: string, atLeast: number, start = false): Comparison => ({
    claim: `DeiT-Ti ${start ? 'start' : 'forward'}: ${subject} over ${base}`,
    wanted: { atLeast },
    subject: [subject, 'forward'],
    base: [base, 'forward'],
    start,
  });
  return [
    against('cdam:webgpu:node', 'onnxruntime-node:webgpu:node', 1.5),
    against('cdam:webgpu:node', 'onnxruntime-node:webgpu:node', 5, true),
    against('cdam:webgpu:chromium', 'onnxruntime-web:webgpu:chromium', 3),
    ...(['node', 'chromium'] as const).flatMap((place) =>
      ['tfjs', 'jax-js'].map((library) => against(`cdam:webgpu:${place}`, `${library}:webgpu:${place}`, 1)),
    ),
    against('cdam:wasm1:node', 'onnxruntime-web:wasm1:node', 2.5),
    against('cdam:wasm2:node', 'onnxruntime-web:wasm2:node', 2.5),
    against('cdam:wasm2:chromium', 'onnxruntime-web:wasm2:chromium', 2.5),
    against('cdam:wasm1:node', 'jax-js:wasm1:node', 1.5),
    against('cdam:wasm2:chromium', 'jax-js:wasm2:chromium', 1.5),
  ];
}

const ours = ['cdam:webgpu:node', 'cdam:wasm1:node', 'cdam:wasm2:node'];

function within(contender: string, workload: string, what: string, atMost: number): Comparison {
  return {
    claim: `${what} over a forward pass: ${contender}`,
    wanted: { atMost },
    subject: [contender, workload],
    base: [contender, 'forward'],
  };
}

function ledgerClaims(): Comparison[] {
  return ours.flatMap((contender) => [
    within(contender, 'ledger', 'one ledger', 1.05),
    within(contender, 'ledger-further', 'a further ledger without a basis', 0.02),
    within(contender, 'ledger-all', 'basis of the ledger and all 1000 maps', 1.8),
    within(contender, 'ledger-from-basis', 'a further ledger from the basis', 0.001),
    within(contender, 'frozen-gates', 'frozen gates', 2),
    within(contender, 'frozen-gates-routing', 'frozen gates with routing', 3.2),
  ]);
}

function cdamClaims(): Comparison[] {
  return [
    ...ours.flatMap((contender) => [
      within(contender, 'map', 'one map', 1.05),
      within(contender, 'all-maps', 'basis and all 1000 maps', 1.3),
      within(contender, 'further-map', 'a further target', 0.01),
      within(contender, 'smooth-map', 'Smooth CDAM with 50 samples', 2.5),
      within(contender, 'batch', `${BATCH} pictures together`, BATCH),
    ]),
    within('cdam:webgpu:node', 'input-gradient', 'gradient of the input', 3),
    ...ours.slice(1).flatMap((contender) =>
      [pytorch, pytorchOtherBlas].map((peer) => ({
        claim: `one map: ${contender} over the recipe in ${labelOf(peer)}`,
        wanted: { atLeast: 1 },
        subject: [contender, 'map'] as const,
        base: [peer.id, 'map'] as const,
      })),
    ),
  ];
}

/** The verdicts of all comparisons whose two sides belong to this run. @param parts the measurements of each part */
export function verdicts(parts: ReadonlyMap<string, readonly Measurement[]>): Verdict[] {
  return comparisons().flatMap((comparison) => {
    const part = partOf(comparison);
    const measurements = parts.get(part);
    return measurements === undefined ? [] : (judge(comparison, measurements) ?? []);
  });
}

function partOf({ claim }: Comparison): string {
  if (claim.startsWith('product')) return 'products';
  if (/ledger|frozen gates/.test(claim)) return 'ledger';
  return claim.startsWith('DeiT-Ti') ? 'forward' : 'cdam';
}

function judge(comparison: Comparison, measurements: readonly Measurement[]): Verdict | undefined {
  const { claim, wanted, start = false } = comparison;
  const find = ([contender, workload]: readonly [string, string]): Measurement | undefined =>
    measurements.find((each) => each.contender === contender && each.workload === workload);
  const [subject, base] = [find(comparison.subject), find(comparison.base)];
  if (subject === undefined || base === undefined) return undefined;
  const words = 'atLeast' in wanted ? `≥ ${wanted.atLeast}` : `≤ ${wanted.atMost}`;
  if (!subject.ms || !base.ms) {
    const [side, { failure }] = subject.ms ? [comparison.base[0], base] : [comparison.subject[0], subject];
    return { claim, wanted: words, reason: `${side} cannot: ${failure ?? 'not measured'}` };
  }
  const [above, below] = 'atLeast' in wanted ? [base, subject] : [subject, base];
  const ratios = start ? [startOf(above) / startOf(below)] : above.rounds.map((ms, i) => ms / (below.rounds[i] ?? Number.NaN));
  const known = ratios.filter((ratio) => Number.isFinite(ratio));
  const ratio = median(known);
  const met = 'atLeast' in wanted ? ratio >= wanted.atLeast : ratio <= wanted.atMost;
  return { claim, wanted: words, ratio, range: [Math.min(...known), Math.max(...known)], met };
}

function startOf({ openMs = 0, prepareMs = 0, firstMs = 0 }: Measurement): number {
  return openMs + prepareMs + firstMs;
}
