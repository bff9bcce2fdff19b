/**
 * The series of sizes, and what is measured at each size.
 */
import { type Tensor, tensor, tidy } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { cdam, look } from 'cdam';
import { pictures, randomVit, tiny, tokensOf, type VitSize } from '../src/random-vit.ts';
import { median } from '../src/statistics.ts';
import type { Watched } from './peak.ts';

/** A series in which one size of DeiT-Ti grows. */
export interface Series {
  readonly name: 'tokens' | 'depth' | 'width' | 'classes' | 'batch';
  /** The label of the horizontal axis. */
  readonly axis: string;
  readonly points: readonly { readonly x: number; readonly size: VitSize; readonly batch: number }[];
}

/** The results at one size: median times in milliseconds, and peaks of memory without the weights. */
export interface Point {
  readonly x: number;
  readonly forwardMs: number;
  /** One map, from the picture. */
  readonly mapMs: number;
  /** The basis and the maps of all classes, from the picture. */
  readonly allMapsMs: number;
  readonly weightBytes: number;
  readonly forwardBytes: number;
  readonly mapBytes: number;
  readonly allMapsBytes: number;
}

const one = (size: VitSize, x: number): Series['points'][number] => ({ x, size, batch: 1 });

/** All series, in the order of the plot. */
export const series: readonly Series[] = [
  {
    name: 'tokens',
    axis: 'tokens (224, 320, 448, 640 and 896 px at patch 16)',
    points: [224, 320, 448, 640, 896].map((pixels) => one({ ...tiny, size: pixels }, tokensOf({ ...tiny, size: pixels }))),
  },
  { name: 'depth', axis: 'blocks', points: [3, 6, 12, 24].map((depth) => one({ ...tiny, depth }, depth)) },
  {
    name: 'width',
    axis: 'width (heads of 64)',
    points: [128, 192, 384, 768].map((width) => one({ ...tiny, width, heads: width / 64 }, width)),
  },
  { name: 'classes', axis: 'classes', points: [10, 100, 1000, 10000].map((classes) => one({ ...tiny, classes }, classes)) },
  { name: 'batch', axis: 'images in a batch', points: [1, 2, 4, 8, 16].map((batch) => ({ x: batch, size: tiny, batch })) },
];

/** Measures one point. The images of a batch go through the forward pass together; their maps are made one by one. */
export async function measurePoint(watched: Watched, { x, size, batch }: Series['points'][number], rounds: number): Promise<Point> {
  const vit = randomVit(watched.backend, size);
  const input = pictures(size, batch);
  const weightBytes = watched.backend.memory().bytes;
  try {
    const [forward, map, all] = await takeTurns(watched, rounds, [
      () => runForward(vit, input, batch),
      () => perImage(input, batch, (picture) => runMap(vit, picture)),
      () => perImage(input, batch, (picture) => runAllMaps(vit, picture)),
    ]);
    if (!forward || !map || !all) throw new Error('bench: something was not measured');
    return {
      x,
      forwardMs: forward.ms,
      mapMs: map.ms,
      allMapsMs: all.ms,
      weightBytes,
      forwardBytes: forward.bytes - weightBytes,
      mapBytes: map.bytes - weightBytes,
      allMapsBytes: all.bytes - weightBytes,
    };
  } finally {
    vit.dispose();
  }
}

/** Runs each function once in every round, so that other work of the machine slows all of them alike. */
async function takeTurns(
  watched: Watched,
  rounds: number,
  runs: readonly (() => Promise<void>)[],
): Promise<{ ms: number; bytes: number }[]> {
  const measured = runs.map((run) => ({ run, times: [] as number[], bytes: 0 }));
  for (const run of runs) await run();
  for (let round = 0; round < rounds; round++) {
    for (const each of measured) {
      watched.reset();
      const started = performance.now();
      await each.run();
      each.times.push(performance.now() - started);
      each.bytes = Math.max(each.bytes, watched.peak());
    }
  }
  return measured.map(({ times, bytes }) => ({ ms: median(times), bytes }));
}

async function runForward(vit: VisionTransformer, input: Float32Array, batch: number): Promise<void> {
  const { inputHeight, inputWidth } = vit.config;
  using logits = tidy(vit.backend, (): Tensor => vit.forward(tensor(vit.backend, input, [batch, 3, inputHeight, inputWidth])));
  await logits.data();
}

async function perImage(input: Float32Array, batch: number, run: (picture: Float32Array) => Promise<void>): Promise<void> {
  const length = input.length / batch;
  for (let i = 0; i < batch; i++) await run(input.subarray(i * length, (i + 1) * length));
}

async function runMap(vit: VisionTransformer, picture: Float32Array): Promise<void> {
  using view = look(vit, picture);
  await cdam(view, 0);
}

/** The weight of the head is ∂logits/∂z, so the maps of all classes are its product with the basis. */
async function runAllMaps(vit: VisionTransformer, picture: Float32Array): Promise<void> {
  using view = look(vit, picture);
  using maps = tidy(vit.backend, () => {
    view.classRow.makeBasis();
    return view.classRow.maps(vit.weight('head.weight'));
  });
  await maps.data();
}
