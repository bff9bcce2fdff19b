/**
 * Our own packages, called as a user would call them.
 */
import { type Backend, grad, matmul, reshape, slice, type Tensor, tensor, tidy } from '@cdam/tensor';
import { loadVit, parseJson, type VisionTransformer } from '@cdam/vit';
import { basisOf, cdam, explain, findMethod, keepFor, look, type MethodName, type View } from 'cdam';
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
    case 'ledger':
    case 'frozen-gates':
    case 'frozen-gates-routing':
      return { run: () => mapFrom(vit, kind, picture) };
    case 'ledger-further': {
      const view = lookFor(vit, 'ledger', picture);
      return { run: async () => (await explain(view, 'ledger', [TARGET_CLASS]))[0]?.scores ?? new Float32Array() };
    }
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
    case 'all-maps':
      return { run: () => allMaps(vit, 'cdam', picture) };
    case 'ledger-all':
      return { run: () => allMaps(vit, 'ledger', picture) };
    case 'further-map':
      return await fromBasis(vit, 'cdam', picture);
    case 'ledger-from-basis':
      return await fromBasis(vit, 'ledger', picture);
  }
}

/** Looks at a picture and keeps what a method wants. */
function lookFor(vit: VisionTransformer, method: MethodName, picture: Float32Array): View {
  return look(vit, picture, { keep: keepFor([findMethod(method)]) });
}

async function mapFrom(vit: VisionTransformer, method: MethodName, picture: Float32Array): Promise<Float32Array> {
  using view = lookFor(vit, method, picture);
  const [map] = await explain(view, method, [TARGET_CLASS]);
  return map?.scores ?? new Float32Array();
}

/** The maps of all classes, by way of the basis. */
async function allMaps(vit: VisionTransformer, method: 'cdam' | 'ledger', picture: Float32Array): Promise<Float32Array> {
  const everyClass = Array.from({ length: vit.config.classes }, (_, index) => index);
  using view = lookFor(vit, method, picture);
  (method === 'ledger' ? view.ledger : view.classRow).makeBasis();
  const maps = await explain(view, method, everyClass);
  return maps[TARGET_CLASS]?.scores ?? new Float32Array();
}

/** The view is not disposed: the workload needs it as long as the process lives. */
async function fromBasis(vit: VisionTransformer, method: 'cdam' | 'ledger', picture: Float32Array): Promise<Prepared> {
  const basis = await basisOf(lookFor(vit, method, picture), method);
  return { run: async () => basis.map(TARGET_CLASS).scores };
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
