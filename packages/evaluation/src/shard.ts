/**
 * Which part of an evaluation a process measures. Schedulers start the same program many times, and give each process its number in
 * environment variables.
 */
import { EvaluationError } from './errors.ts';

/** One of the parts that the pictures are divided into. */
export interface Shard {
  /** From 1 to `count`. */
  readonly number: number;
  readonly count: number;
}

/**
 * The part of this process, from the environment of a Slurm job array (SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT; numbers begin at
 * SLURM_ARRAY_TASK_MIN and have steps of SLURM_ARRAY_TASK_STEP) or of an indexed Kubernetes job (JOB_COMPLETION_INDEX, from 0, and
 * JOB_COMPLETIONS). Elsewhere it is the only part, 1 of 1.
 *
 * @throws EvaluationError `shard` for an index without a count, or for one that is not below the count
 */
export function shardOfEnvironment(environment: Readonly<Record<string, string | undefined>>): Shard {
  const {
    SLURM_ARRAY_TASK_ID: task,
    SLURM_ARRAY_TASK_COUNT: tasks,
    SLURM_ARRAY_TASK_MIN: first = '0',
    SLURM_ARRAY_TASK_STEP: step = '1',
    JOB_COMPLETION_INDEX: index,
    JOB_COMPLETIONS: completions,
  } = environment;
  if (task !== undefined && tasks !== undefined) {
    return checked((Number(task) - Number(first)) / Number(step), Number(tasks), 'SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT');
  }
  if (index === undefined) return { number: 1, count: 1 };
  if (completions === undefined) {
    throw new EvaluationError(
      'shard',
      'JOB_COMPLETION_INDEX is set, but JOB_COMPLETIONS is not: set it to the number of completions in the job, or give the shard as i/n',
    );
  }
  return checked(Number(index), Number(completions), 'JOB_COMPLETION_INDEX and JOB_COMPLETIONS');
}

function checked(index: number, count: number, where: string): Shard {
  if (Number.isInteger(index) && Number.isInteger(count) && index >= 0 && index < count) return { number: index + 1, count };
  throw new EvaluationError('shard', `${where} do not fit together (part ${index + 1} of ${count}); give the shard as i/n`);
}

/** The items of a part: every `count`th item. */
export function partOf<T>(items: readonly T[], { number, count }: Shard): T[] {
  return items.filter((_, i) => i % count === number - 1);
}
