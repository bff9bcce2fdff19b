/**
 * Our own packages, called as a user would call them.
 */
import { type Backend, grad, matmul, reshape, slice, type Tensor, tensor, tidy } from '@cdam/tensor';
import { loadVit, parseJson, type VisionTransformer } from '@cdam/vit';
import { basisOf, cdam, explain, look, type View } from 'cdam';
import type { Engine, Files, Prepared } from '../engine.ts';
import { BATCH, factorsOf, type Product, pixels, TARGET_CLASS, type Workload } from '../workloads.ts';

/** Makes the engine. @param backend which the host opens, since this differs between Node and a page */
export async function openCdam(backend: Backend, files: Files): Promise<Engine> {
  let vit: Promise<VisionTransformer> | undefined;
  const model = (): Promise<VisionTransformer> => {
    vit ??= loadModel(backend, files);
    return vit;
  };
  return {
    adapter: backend.adapter,
    prepare: async (workload) => (workload.kind === 'product' ? prepareProduct(backend, workload) : prepareModel(await model(), workload)),
  };
}

async function loadModel(backend: Backend, files: Files): Promise<VisionTransformer> {
  const config = parseJson(new TextDecoder().decode(await files('config.json')), 'config.json');
  return await loadVit({ weights: await files('model.safetensors'), config }, { backend });
}

function prepareProduct(backend: Backend, product: Product): Prepared {
  const { m, k, n } = product;
  const { a, b } = factorsOf(product);
  const right = tensor(backend, b, [k, n]);
  return {
    run: async () => {
      using c = tidy(backend, () => matmul(tensor(backend, a, [m, k]), right));
      return await c.data();
    },
  };
}

async function prepareModel(vit: VisionTransformer, { kind }: Exclude<Workload, Product>): Promise<Prepared> {
  const picture = pixels();
  switch (kind) {
    case 'forward':
      return { run: () => read(vit, () => vit.forward(input(vit, picture))) };
    case 'input-gradient':
      return { run: () => read(vit, () => grad((x: Tensor) => logit(vit, x), input(vit, picture))) };
    case 'map':
      return {
        run: async () => {
          using view = look(vit, picture);
          return (await cdam(view, TARGET_CLASS)).scores;
        },
      };
    case 'smooth-map':
      return {
        run: async () => {
          using view = look(vit, picture);
          const [map] = await explain(view, 'smooth-cdam', [TARGET_CLASS], { samples: 50 });
          return map?.scores ?? new Float32Array();
        },
      };
    case 'batch': {
      const pictures = Array.from({ length: BATCH }, (_, i) => pixels(3 + i));
      return { run: () => readLogits(look(vit, pictures)) };
    }
    case 'all-maps': {
      const everyClass = Array.from({ length: vit.config.classes }, (_, index) => index);
      return {
        run: async () => {
          using view = look(vit, picture);
          view.classRow.makeBasis();
          const maps = await explain(view, 'cdam', everyClass);
          return maps[TARGET_CLASS]?.scores ?? new Float32Array();
        },
      };
    }
    case 'further-map': {
      // The view is not disposed: the workload needs it as long as the process lives.
      const view = look(vit, picture);
      const basis = await basisOf(view);
      return { run: async () => basis.map(TARGET_CLASS).scores };
    }
  }
}

async function read({ backend }: VisionTransformer, compute: () => Tensor): Promise<Float32Array> {
  using result = tidy(backend, compute);
  return await result.data();
}

/** Waits for the logits of all views, frees the views, and gives the logits of the first one. */
async function readLogits(views: readonly View[]): Promise<Float32Array> {
  const [first = new Float32Array()] = await Promise.all(views.map((view) => view.logits()));
  for (const view of views) view.dispose();
  return first;
}

function input({ backend }: VisionTransformer, picture: Float32Array): Tensor {
  return tensor(backend, picture, [1, 3, 224, 224]);
}

function logit(vit: VisionTransformer, x: Tensor): Tensor {
  return reshape(slice(vit.forward(x), 1, TARGET_CLASS, TARGET_CLASS + 1), []);
}
