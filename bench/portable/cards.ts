/**
 * The peak performance of graphics cards, from the data sheets of the vendors: 32-bit floats without tensor cores, and memory bandwidth.
 */
import { spawnSync } from 'node:child_process';

/** The peak performance of a card. */
export interface Peaks {
  readonly teraflops: number;
  readonly gigabytesPerSecond: number;
}

/** Patterns of names, and the peaks of these cards. The first pattern that fits counts. */
const cards: readonly (readonly [RegExp, Peaks])[] = [
  [/B200/, { teraflops: 75, gigabytesPerSecond: 8000 }],
  [/H200/, { teraflops: 67, gigabytesPerSecond: 4800 }],
  [/H100.*PCIe/, { teraflops: 51, gigabytesPerSecond: 2000 }],
  [/H100/, { teraflops: 67, gigabytesPerSecond: 3350 }],
  [/A100.*80GB.*PCIe|A100.*PCIe.*80GB/, { teraflops: 19.5, gigabytesPerSecond: 1935 }],
  [/A100.*80GB/, { teraflops: 19.5, gigabytesPerSecond: 2039 }],
  [/A100/, { teraflops: 19.5, gigabytesPerSecond: 1555 }],
  [/L40S/, { teraflops: 91.6, gigabytesPerSecond: 864 }],
  [/\bL4\b/, { teraflops: 30.3, gigabytesPerSecond: 300 }],
  [/\bA10\b/, { teraflops: 31.2, gigabytesPerSecond: 600 }],
  [/V100/, { teraflops: 15.7, gigabytesPerSecond: 900 }],
  [/\bT4\b/, { teraflops: 8.1, gigabytesPerSecond: 320 }],
  [/RTX 4090/, { teraflops: 82.6, gigabytesPerSecond: 1008 }],
  [/RTX 3090/, { teraflops: 35.6, gigabytesPerSecond: 936 }],
];

/** The peaks of a card; undefined when it is not in the table. */
export function peaksOf(name: string): Peaks | undefined {
  return cards.find(([pattern]) => pattern.test(name))?.[1];
}

/** Name, driver, highest clocks and memory of the card, as `nvidia-smi` prints them; undefined when there is no nvidia-smi. */
export function describeCard(): string | undefined {
  const query = '--query-gpu=name,driver_version,clocks.max.sm,clocks.max.memory,memory.total';
  const { status, stdout } = spawnSync('nvidia-smi', [query, '--format=csv,noheader'], { encoding: 'utf8' });
  return status === 0 ? stdout.trim().split('\n')[0] : undefined;
}
