/** Long computations give signs of life where there is no progress bar. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Console } from './console.ts';

const written: string[] = [];

beforeEach(() => {
  written.length = 0;
  vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] });
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written.push(String(text));
    return true;
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test('a line after half a minute, and then at most one for each', () => {
  const console = new Console({ quiet: false });
  console.working('photo.jpg');
  console.measuring('cdam');
  vi.advanceTimersByTime(20_000);
  console.measuring('road');
  expect(written).toEqual([]);
  vi.advanceTimersByTime(45_000);
  console.measuring('saco');
  expect(written).toEqual(['photo.jpg: road, 30 s so far\n', 'photo.jpg: road, 60 s so far\n']);
  console.end();
  vi.advanceTimersByTime(90_000);
  expect(written).toHaveLength(2);
});

test('the next method or metric counts where no clock could run', () => {
  const console = new Console({ quiet: false });
  console.working('photo.jpg');
  console.measuring('road');
  vi.setSystemTime(0);
  vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 40_000);
  console.measuring('saco');
  expect(written).toEqual(['photo.jpg: saco, 40 s so far\n']);
  console.end();
});

test('nothing is printed when it is quiet', () => {
  const console = new Console({ quiet: true });
  console.working('photo.jpg');
  console.measuring('road');
  vi.advanceTimersByTime(90_000);
  expect(written).toEqual([]);
});
