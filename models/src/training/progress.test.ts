import { describe, expect, it } from 'vitest';
import { duration, Progress } from './progress.ts';

describe('Progress', () => {
  it('gives a line every few steps and at the end, with the mean loss and the speed since the last line, and the time left', () => {
    let now = 0;
    const progress = new Progress(5, 2, 64, () => now);
    const lines = [0.5, 0.3, 0.2, 0.4, 0.1].map((loss, i) => {
      now += 4000;
      return progress.line(i + 1, loss, 1e-3);
    });
    expect(lines).toEqual([
      undefined,
      'step 2/5  loss 0.4000  learning rate 1.00e-3  16 images/s  12 s left',
      undefined,
      'step 4/5  loss 0.3000  learning rate 1.00e-3  16 images/s  4 s left',
      'step 5/5  loss 0.1000  learning rate 1.00e-3  16 images/s  0 s left',
    ]);
  });
});

describe('duration', () => {
  it('is written in seconds, minutes or hours', () => {
    expect([0.4, 89, 90, 59 * 60, 3 * 3600 + 299].map(duration)).toEqual(['0 s', '89 s', '2 min', '59 min', '3 h 05 min']);
  });
});
