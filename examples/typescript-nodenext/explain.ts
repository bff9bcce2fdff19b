/** Explains classes of a picture, in types: a program for Node, on a GPU if there is one. */
import { openWebGpuNode } from '@cdam/kernels/node';
import { openWasm } from '@cdam/kernels/wasm/node';
import { type Backend, softmax, tensor, tidy } from '@cdam/tensor';
import type { Picture } from '@cdam/vit';
import { loadVit } from '@cdam/vit/node';
import { ExplanationError, explain as explainTargets, look, type TokenMap } from 'cdam';

async function openBackend(): Promise<Backend> {
  return openWebGpuNode().catch(() => openWasm({ threads: 2 }));
}

/** Maps of some classes of a picture; an empty list where the model cannot be explained. */
export async function explain(folder: string, picture: Picture, classes: readonly number[]): Promise<readonly TokenMap[]> {
  const backend = await openBackend();
  const vit = await loadVit(folder, { backend });
  using view = look(vit, picture);
  try {
    return await explainTargets(view, 'cdam', classes);
  } catch (error) {
    if (error instanceof ExplanationError) return [];
    throw error;
  } finally {
    vit.dispose();
    backend.dispose();
  }
}

/** Probabilities of logits, for any backend. */
export async function probabilities(backend: Backend, logits: Float32Array): Promise<Float32Array> {
  using result = tidy(backend, () => softmax(tensor(backend, logits, [1, logits.length]), -1));
  return await result.data();
}
