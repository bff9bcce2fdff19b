/**
 * The two small models of tests/golden against PyTorch: intermediates, logits, attention and CDAM, on every backend.
 */
import { type Backend, type Tensor, tensor } from '@cdam/tensor';
import type { VisionTransformer } from '@cdam/vit';
import { loadVit } from '@cdam/vit/node';
import { attentionMap, cdam, look, type View } from 'cdam';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { backends } from '../support/backends.ts';
import { type Golden, goldenPath, readGolden, readPicture, readTensors, relativeError } from '../support/golden.ts';

const INTERMEDIATES = 1e-4;
const MAPS = 2e-4;

describe.each(backends)('on $name', ({ open }) => {
  describe.each(['vit-small-f32', 'vit-registers-f16'])('%s', (name) => {
    let [backend, vit, view, golden, intermediate]: [Backend?, VisionTransformer?, View?, Golden?, Map<string, Float32Array>?] = [];
    const given = <T>(value: T | undefined): T => {
      if (value === undefined) throw new Error('the set-up failed');
      return value;
    };

    beforeAll(async () => {
      backend = await open();
      golden = await readGolden(goldenPath(`${name}/expected.json`));
      intermediate = await readTensors(goldenPath(`${name}/intermediate.safetensors`));
      vit = await loadVit(goldenPath(name), { backend });
      view = look(vit, await readPicture(goldenPath(`images/${golden.image}`)));
    });
    afterAll(() => backend?.dispose());

    it('prepares the picture as Pillow and torchvision do', async () => {
      const { config } = given(vit);
      const { preprocess } = await import('@cdam/vit');
      const { pixels } = preprocess(await readPicture(goldenPath(`images/${given(golden).image}`)), config);
      expect(relativeError(pixels, given(given(intermediate).get('pixel_values')))).toBeLessThan(1e-6);
    });

    it('computes the last block’s input and its norm1 as PyTorch does', async () => {
      const taps = new Map<string, Tensor>();
      const pixels = given(given(intermediate).get('pixel_values'));
      const { config } = given(vit);
      const input = tensor(given(backend), pixels, [1, 3, config.inputHeight, config.inputWidth]);
      given(vit).forward(input, (stage, value) => taps.set(stage, value.retain()));
      const last = config.depth - 1;
      const before = await given(taps.get(`blocks.${last - 1}`)).data();
      const norm1 = await given(taps.get(`blocks.${last}.norm1`)).data();
      expect(relativeError(before, given(given(intermediate).get('last_block_input')))).toBeLessThan(INTERMEDIATES);
      expect(relativeError(norm1, given(given(intermediate).get('last_norm1_output')))).toBeLessThan(INTERMEDIATES);
      expect(relativeError(await given(taps.get('logits')).data(), given(golden).logits)).toBeLessThan(INTERMEDIATES);
    });

    it('predicts from the picture what PyTorch predicts', async () => {
      expect(relativeError(await given(view).logits(), given(golden).logits)).toBeLessThan(INTERMEDIATES);
    });

    it('gives the attention map', async () => {
      const map = await attentionMap(given(view));
      expect(map.grid).toEqual(given(golden).grid);
      expect(relativeError(map.scores, given(given(golden).attention))).toBeLessThan(MAPS);
    });

    it('gives CDAM of the logit and of the probability', async () => {
      for (const [index, expected] of Object.entries(given(golden).classes)) {
        const logit = await cdam(given(view), Number(index));
        const probability = await cdam(given(view), Number(index), { from: 'probability' });
        expect(relativeError(logit.scores, expected.cdam)).toBeLessThan(MAPS);
        expect(relativeError(probability.scores, expected.cdam_from_probability)).toBeLessThan(MAPS);
      }
    });
  });
});
