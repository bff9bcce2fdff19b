/**
 * The small models of tests/golden, compared with PyTorch on every backend: intermediate values, logits, attention and CDAM. Some have
 * weights in F32, some in F16 or BF16; they have timm's or Hugging Face's names, register tokens, LayerScale, a distillation token, a
 * mean-pooled head or no head, and position embeddings that are resized to a grid that is not square.
 */
import { type Backend, mul, slice, sum, type Tensor, tensor } from '@cdam/tensor';
import { preprocess, type VisionTransformer } from '@cdam/vit';
import { loadVit } from '@cdam/vit/node';
import { attentionMap, cdam, explain, look, prepare, readsClassTokenAlone, type View } from 'cdam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { type Golden, goldenPath, readGolden, readPicture, readTensors, relativeError } from '../support/golden.ts';

/** The largest errors, relative to the largest value. */
const INTERMEDIATES = 1e-4;
const MAPS = 2e-4;

interface Setup {
  readonly vit: VisionTransformer;
  readonly view: View;
  readonly golden: Golden;
  readonly intermediate: (name: string) => Float32Array;
}

async function setUp(name: string, backend: Backend): Promise<Setup> {
  const golden = await readGolden(goldenPath(`${name}/expected.json`));
  const tensors = await readTensors(goldenPath(`${name}/intermediate.safetensors`));
  const vit = await loadVit(goldenPath(name), { backend });
  const view = look(vit, await readPicture(goldenPath(`images/${golden.image}`)));
  return { vit, view, golden, intermediate: (key) => tensors.get(key) ?? new Float32Array() };
}

describe.each(backends)('on $name', ({ open }) => {
  let backend: Backend;
  beforeAll(async () => {
    backend = await open();
  });
  afterAll(() => backend.dispose());

  describe.each([
    'vit-small-f32',
    'vit-registers-f16',
    'hf-vit-split',
    'deit-distilled-bf16',
    'vit-mean-pooled',
    'vit-non-square',
    'dinov2-headless',
  ])('%s', (name) => {
    let setup: Setup;
    beforeAll(async () => {
      setup = await setUp(name, backend);
    });
    afterAll(() => {
      setup.view.dispose();
      setup.vit.dispose();
    });

    it('prepares the picture as Pillow and torchvision do', async () => {
      const { vit, golden, intermediate } = setup;
      const { pixels } = preprocess(await readPicture(goldenPath(`images/${golden.image}`)), vit.config);
      expect(relativeError(pixels, intermediate('pixel_values'))).toBeLessThan(1e-6);
    });

    it('computes the stream before the last block, and the tokens after its norm1', async () => {
      const { vit, intermediate } = setup;
      const { channels, inputHeight, inputWidth } = vit.config;
      using pixels = tensor(backend, intermediate('pixel_values'), [1, channels, inputHeight, inputWidth]);
      using stream = vit.backbone(pixels);
      using tokens = vit.lastBlock.norm1(stream);
      expect(relativeError(await stream.data(), intermediate('last_block_input'))).toBeLessThan(INTERMEDIATES);
      expect(relativeError(await tokens.data(), intermediate('last_norm1_output'))).toBeLessThan(INTERMEDIATES);
    });

    it('gives the logits, or says that there is no head', async () => {
      const { view, golden } = setup;
      if (golden.logits === undefined) await expect(view.logits()).rejects.toThrow('has no head');
      else expect(relativeError(await view.logits(), golden.logits)).toBeLessThan(INTERMEDIATES);
    });

    it('gives the attention map, or says that there is no class token', async () => {
      const { view, golden, vit } = setup;
      if (golden.attention === undefined && !vit.config.classToken) await expect(attentionMap(view)).rejects.toThrow('no class token');
      if (golden.attention === undefined) return;
      const map = await attentionMap(view);
      expect(map.grid).toEqual(golden.grid);
      expect(relativeError(map.scores, golden.attention)).toBeLessThan(MAPS);
    });

    it('gives CDAM of logits, of probabilities and of the latent', async () => {
      const { view, golden } = setup;
      for (const [index, expected] of Object.entries(golden.classes ?? {})) {
        expect(relativeError((await cdam(view, Number(index))).scores, expected.cdam)).toBeLessThan(MAPS);
        const { scores } = await cdam(view, Number(index), { from: 'probability' });
        expect(relativeError(scores, expected.cdam_from_probability ?? [])).toBeLessThan(MAPS);
      }
      for (const [index, expected] of Object.entries(golden.latents ?? {})) {
        const j = Number(index);
        const target = { name: `latent ${j}`, score: (latent: Tensor) => slice(latent, 1, j, j + 1) };
        expect(relativeError((await cdam(view, target)).scores, expected.cdam)).toBeLessThan(MAPS);
      }
      expect(Object.keys({ ...golden.classes, ...golden.latents }).length).toBeGreaterThan(0);
    });

    it('gives the same maps in closed form, by the explanation basis and by automatic differentiation', async () => {
      const { view, golden, vit } = setup;
      const score = (latent: Tensor): Tensor => sum(mul(latent, latent));
      const targets = [...Object.keys(golden.classes ?? {}).map(Number), { name: 'squared length', score }];
      for (const from of ['logit', 'probability'] as const) {
        const defined = await explain(view, 'cdam', targets, { from, route: 'autodiff' });
        if (!readsClassTokenAlone(vit)) {
          await expect(explain(view, 'cdam', targets, { route: 'closed-form' })).rejects.toThrow('reads more than the class token');
          continue;
        }
        using fresh = look(vit, await readPicture(goldenPath(`images/${golden.image}`)));
        const closed = await explain(fresh, 'cdam', targets, { from, route: 'closed-form' });
        fresh.classRow.makeBasis();
        const based = await explain(fresh, 'cdam', targets, { from });
        for (const [i, { scores }] of defined.entries()) {
          expect(relativeError(closed[i]?.scores ?? [], scores)).toBeLessThan(1e-5);
          expect(relativeError(based[i]?.scores ?? [], scores)).toBeLessThan(1e-5);
        }
      }
    });
  });

  it('holds no memory after `prepare`', async () => {
    for (const name of ['vit-registers-f16', 'vit-mean-pooled', 'dinov2-headless']) {
      const vit = await loadVit(goldenPath(name), { backend });
      const before = backend.memory();
      await prepare(vit);
      expect(backend.memory()).toEqual(before);
      vit.dispose();
    }
  });

  it('holds as much memory after 200 explanations as after one', async () => {
    const vit = await loadVit(goldenPath('vit-registers-f16'), { backend });
    const picture = await readPicture(goldenPath('images/coffee.png'));
    const explainOnce = async (): Promise<void> => {
      using view = look(vit, picture);
      await view.predictions();
      await explain(view, 'cdam', [0, 1]);
      await attentionMap(view);
    };
    await explainOnce();
    const after = backend.memory();
    for (let i = 1; i < 200; i++) await explainOnce();
    expect(backend.memory()).toEqual(after);
    vit.dispose();
  });
});
