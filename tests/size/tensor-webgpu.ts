/** What a page loads to compute with tensors and their gradients on WebGPU: a small network and one step of its training. */
import { openWebGpu } from '@cdam/kernels';
import { AdamW, crossEntropy, gelu, layerNorm, linear, Random, randomNormal, valueAndGrad } from '@cdam/tensor';

const backend = await openWebGpu();
const random = new Random(1);
const x = randomNormal(backend, [4, 8], random);
const weights = {
  gain: randomNormal(backend, [8], random),
  shift: randomNormal(backend, [8], random),
  weight: randomNormal(backend, [3, 8], random),
};
const { value, gradient } = valueAndGrad(
  ({ gain, shift, weight }) => crossEntropy(linear(gelu(layerNorm(x, gain, shift, 1e-6)), weight), [0, 1, 2, 0]),
  weights,
);
new AdamW(weights).step(gradient, 1e-3);
console.log(await value.data());
