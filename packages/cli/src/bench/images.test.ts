/** Tables of pictures, and which part of them a process does. */
import { describe, expect, it } from 'vitest';
import { listImages, parseCsv } from './images.ts';
import { parseShard, partOf, shardOfEnvironment } from './shard.ts';

describe('comma-separated values', () => {
  it('have quoted fields with commas, quotes and line breaks', () => {
    expect(parseCsv('file,label\r\n"a, b.jpg","say ""hi""\nthere"\n\nc.jpg,\n')).toEqual([
      ['file', 'label'],
      ['a, b.jpg', 'say "hi"\nthere'],
      ['c.jpg', ''],
    ]);
  });

  it('may end without a line break, and begin with a byte order mark', () => {
    expect(parseCsv('\uFEFFfile\na.jpg')).toEqual([['file'], ['a.jpg']]);
    expect(parseCsv('a,b')).toEqual([['a', 'b']]);
    expect(parseCsv('')).toEqual([]);
  });
});

describe('a limit', () => {
  it('takes pictures evenly from the whole list', async () => {
    const files = Array.from({ length: 10 }, (_, i) => `${i}.jpg`);
    const images = await listImages(files, { classes: 2, labels: undefined, labelNames: undefined }, 4);
    expect(images.map(({ index, file }) => [index, file])).toEqual([
      [0, '0.jpg'],
      [1, '2.jpg'],
      [2, '5.jpg'],
      [3, '7.jpg'],
    ]);
  });
});

describe('a part', () => {
  it('is typed as its number of how many', () => {
    expect(parseShard('2/8')).toEqual({ number: 2, count: 8 });
    for (const text of ['0/8', '9/8', '2', '2/8/1', 'a/b', '-1/2']) expect(() => parseShard(text)).toThrow(/--shard .*such as 2\/8/);
  });

  it('comes from a Slurm array that begins anywhere and goes in steps', () => {
    expect(shardOfEnvironment({ SLURM_ARRAY_TASK_ID: '0', SLURM_ARRAY_TASK_COUNT: '4' })).toEqual({ number: 1, count: 4 });
    const stepped = { SLURM_ARRAY_TASK_COUNT: '4', SLURM_ARRAY_TASK_MIN: '10', SLURM_ARRAY_TASK_STEP: '5' };
    expect(shardOfEnvironment({ ...stepped, SLURM_ARRAY_TASK_ID: '20' })).toEqual({ number: 3, count: 4 });
    expect(() => shardOfEnvironment({ ...stepped, SLURM_ARRAY_TASK_ID: '21' })).toThrow(/make no sense together/);
  });

  it('comes from an indexed Kubernetes job that says how many there are', () => {
    expect(shardOfEnvironment({ JOB_COMPLETION_INDEX: '3', JOB_COMPLETIONS: '4' })).toEqual({ number: 4, count: 4 });
    expect(() => shardOfEnvironment({ JOB_COMPLETION_INDEX: '3' })).toThrow(/JOB_COMPLETIONS is not/);
    expect(shardOfEnvironment({})).toEqual({ number: 1, count: 1 });
  });

  it('and the others have every item once', () => {
    const items = [1, 2, 3, 4, 5, 6, 7];
    const parts = [1, 2, 3].map((number) => partOf(items, { number, count: 3 }));
    expect(parts.flat().toSorted()).toEqual(items);
    expect(parts.map(({ length }) => length)).toEqual([3, 2, 2]);
  });
});
