/** Which part of an evaluation a process measures. */
import { describe, expect, it } from 'vitest';
import { partOf, shardOfEnvironment } from './shard.ts';

describe('a part', () => {
  it('comes from a Slurm array that begins anywhere and goes in steps', () => {
    expect(shardOfEnvironment({ SLURM_ARRAY_TASK_ID: '0', SLURM_ARRAY_TASK_COUNT: '4' })).toEqual({ number: 1, count: 4 });
    const stepped = { SLURM_ARRAY_TASK_COUNT: '4', SLURM_ARRAY_TASK_MIN: '10', SLURM_ARRAY_TASK_STEP: '5' };
    expect(shardOfEnvironment({ ...stepped, SLURM_ARRAY_TASK_ID: '20' })).toEqual({ number: 3, count: 4 });
    expect(() => shardOfEnvironment({ ...stepped, SLURM_ARRAY_TASK_ID: '21' })).toThrow(/do not fit together/);
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
