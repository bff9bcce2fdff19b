/**
 * The queue of commands that are not yet submitted.
 *
 * Commands are encoded in the order in which they came, many in one pass of one encoder, because a submit costs far more than a
 * dispatch. A command whose pipeline is still being compiled waits, and so do all commands after it.
 */
import type { TensorError } from '@cdam/tensor';
import { BindGroupCache } from './bind-groups.ts';
import type { PooledBuffer } from './buffers.ts';
import { scopeError } from './errors.ts';
import { BUFFER_USAGE } from './flags.ts';
import { type AnyDispatch, type AnyUniforms, packUniforms, UNIFORM_SLOT, type Workgroups } from './kernel.ts';
import type { PipelineEntry } from './pipelines.ts';
import type { Profiler } from './profiler.ts';

/** Commands that are submitted together when nobody waits for them. */
export const BATCH = 64;

interface DispatchCommand {
  readonly sequence: number;
  readonly entry: PipelineEntry;
  readonly uniforms: AnyUniforms;
  readonly buffers: readonly PooledBuffer[];
  readonly workgroups: Workgroups;
  /** What the profile calls it. */
  readonly label: string;
}

interface CopyCommand {
  readonly sequence: number;
  readonly entry?: undefined;
  readonly source: PooledBuffer;
  readonly target: GPUBuffer;
  readonly bytes: number;
  readonly submitted: () => void;
}

type Command = DispatchCommand | CopyCommand;

/** What the queue reports. */
export interface QueueEvents {
  /** All commands up to this one have been submitted. */
  readonly submitted: (through: number) => void;
  /** Something failed in a batch that begins with this command. */
  readonly failed: (sequence: number, error: TensorError) => void;
}

function isReady(command: Command): boolean {
  return !command.entry || command.entry.pipeline !== undefined || command.entry.error !== undefined;
}

/** Commands in order, and a buffer with the uniforms of a batch. */
export class CommandQueue {
  readonly #device: GPUDevice;
  readonly #events: QueueEvents;
  readonly #profiler: Profiler | undefined;
  readonly #arena: GPUBuffer;
  readonly #staging = new DataView(new ArrayBuffer(BATCH * UNIFORM_SLOT));
  readonly #awaited = new Set<PipelineEntry>();
  readonly bindGroups: BindGroupCache;
  #commands: Command[] = [];
  /** How many commands at the head of the queue have their pipelines. */
  #ready = 0;
  #next = 0;
  #submitted = -1;
  /** Commands up to this one are submitted as soon as possible, because a read waits for them. */
  #urgent = -1;
  #checked: Promise<unknown> = Promise.resolve();

  /** @param profiler takes the time of every dispatch */
  constructor(device: GPUDevice, events: QueueEvents, profiler?: Profiler) {
    this.#device = device;
    this.#events = events;
    this.#profiler = profiler;
    const usage = BUFFER_USAGE.UNIFORM | BUFFER_USAGE.COPY_DST;
    this.#arena = device.createBuffer({ label: 'uniforms', size: this.#staging.byteLength, usage });
    this.bindGroups = new BindGroupCache(device, this.#arena);
  }

  /** Sequence number of the last command that was submitted. */
  get submitted(): number {
    return this.#submitted;
  }

  /** Sequence number that the next command will get. */
  get next(): number {
    return this.#next;
  }

  /** Resolves when it is known whether anything submitted so far failed. */
  get checked(): Promise<unknown> {
    return this.#checked;
  }

  /** Appends a dispatch. Returns its sequence number. */
  dispatch(entry: PipelineEntry, buffers: readonly PooledBuffer[], { uniforms, workgroups, detail }: AnyDispatch): number {
    const sequence = this.#next++;
    const { name } = entry.kernel;
    this.#commands.push({ sequence, entry, uniforms, buffers, workgroups, label: detail === undefined ? name : `${name} ${detail}` });
    this.#pump();
    return sequence;
  }

  /** Appends a copy to a buffer outside the pool, and has everything up to it submitted soon. `done` resolves when it was submitted. */
  copy(source: PooledBuffer, target: GPUBuffer, bytes: number): { sequence: number; done: Promise<void> } {
    const sequence = this.#next++;
    const done = new Promise<void>((submitted) => {
      this.#commands.push({ sequence, source, target, bytes, submitted });
    });
    this.#urgent = sequence;
    this.#pump();
    return { sequence, done };
  }

  /** Submits all commands now; pipelines that are still being compiled in the background are compiled here. */
  hasten(): void {
    this.guard('compiling', () => {
      for (const { entry } of this.#commands) if (entry && !entry.error) entry.compileNow();
    });
    this.#urgent = this.#next - 1;
    this.#pump();
  }

  /** Collects the errors of work on the device outside of a batch, such as creating a buffer. */
  guard<T>(op: string, work: () => T): T {
    return this.#scoped(this.#next, () => [op], work);
  }

  /** Forgets all commands. */
  discard(): void {
    this.#commands = [];
    this.#ready = 0;
  }

  destroy(): void {
    this.discard();
    this.#arena.destroy();
  }

  #pump(): void {
    for (;;) {
      this.#countReady();
      const head = this.#commands[0];
      if (!head || this.#ready === 0) return;
      if (this.#ready < BATCH && head.sequence > this.#urgent) return;
      const batch = this.#commands.splice(0, Math.min(BATCH, this.#ready));
      this.#ready -= batch.length;
      this.#submit(batch);
    }
  }

  #countReady(): void {
    let command = this.#commands[this.#ready];
    while (command && isReady(command)) command = this.#commands[++this.#ready];
    const entry = command?.entry;
    if (!entry || this.#awaited.has(entry)) return;
    this.#awaited.add(entry);
    entry.settled.then(() => {
      this.#awaited.delete(entry);
      this.#pump();
    });
  }

  #submit(batch: readonly Command[]): void {
    const first = batch[0]?.sequence ?? 0;
    const last = batch.at(-1)?.sequence ?? first;
    const names = (): string[] => batch.map(({ entry }) => entry?.kernel.name ?? 'read');
    this.#scoped(first, names, () => {
      const encoder = this.#device.createCommandEncoder({ label: `commands ${first} to ${last}` });
      const labels = this.#encode(encoder, batch);
      const measured = labels.length > 0 ? this.#profiler?.resolve(encoder, labels) : undefined;
      this.#device.queue.submit([encoder.finish()]);
      measured?.();
    });
    this.#submitted = last;
    for (const command of batch) if (!command.entry) command.submitted();
    this.#events.submitted(last);
  }

  /** Returns the labels of the dispatches, in the order of their slots in the buffer of uniforms. */
  #encode(encoder: GPUCommandEncoder, batch: readonly Command[]): string[] {
    const labels: string[] = [];
    let pass: GPUComputePassEncoder | undefined;
    for (const command of batch) {
      if (!command.entry) {
        pass?.end();
        pass = undefined;
        encoder.copyBufferToBuffer(command.source.gpu, 0, command.target, 0, command.bytes);
        continue;
      }
      const { entry, uniforms, buffers, workgroups } = command;
      const slot = labels.length;
      if (!entry.pipeline) {
        if (entry.error) this.#events.failed(command.sequence, entry.error);
        continue;
      }
      packUniforms(entry.kernel, uniforms, this.#staging, slot * UNIFORM_SLOT);
      pass ??= encoder.beginComputePass({ label: entry.kernel.name, timestampWrites: this.#profiler?.timestamps(slot) });
      pass.setPipeline(entry.pipeline);
      pass.setBindGroup(0, this.bindGroups.get(entry, buffers), [slot * UNIFORM_SLOT]);
      pass.dispatchWorkgroups(...workgroups);
      labels.push(command.label);
      if (this.#profiler) {
        pass.end();
        pass = undefined;
      }
    }
    pass?.end();
    // This write comes after the batches that were submitted before, so all batches can use the same buffer.
    if (labels.length > 0) this.#device.queue.writeBuffer(this.#arena, 0, this.#staging.buffer, 0, labels.length * UNIFORM_SLOT);
    return labels;
  }

  #scoped<T>(sequence: number, names: () => string[], work: () => T): T {
    const device = this.#device;
    device.pushErrorScope('out-of-memory');
    device.pushErrorScope('validation');
    const result = work();
    // A lost device rejects these. The runtime reports the loss.
    const errors = [device.popErrorScope(), device.popErrorScope()].map((scope) => scope.catch(() => null));
    const heard = Promise.all(errors).then((found) => {
      const error = found.find((e) => e !== null);
      if (error) this.#events.failed(sequence, scopeError(names(), error));
    });
    this.#checked = Promise.all([this.#checked, heard]);
    return result;
  }
}
