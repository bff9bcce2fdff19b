/**
 * The engine for onnxruntime, which has the same interface in Node (native) and for the web (WebAssembly, WebGPU).
 */
import type { InferenceSession, InferenceSessionFactory, TensorConstructor } from 'onnxruntime-node';
import { productModel } from '../../peers/onnx-product.ts';
import type { Engine, EngineOptions, Prepared } from '../engine.ts';
import { factorsOf, pixels } from '../workloads.ts';

/** The exports of both packages. */
export interface Onnxruntime {
  readonly InferenceSession: InferenceSessionFactory;
  readonly Tensor: TensorConstructor;
}

/** Makes the engine. The device is opened when a model is loaded, so errors of the device come from `prepare`. */
export function onnxruntimeEngine(ort: Onnxruntime, { device, threads, files }: EngineOptions): Engine {
  // It logs errors only. Else it would warn about every node that stays on the CPU.
  const options: InferenceSession.SessionOptions = { executionProviders: [device], intraOpNumThreads: threads, logSeverityLevel: 3 };
  const prepare = async (model: Uint8Array, data: Float32Array, shape: readonly number[]): Promise<Prepared> => {
    const session = await ort.InferenceSession.create(model, options);
    const [input, output] = [session.inputNames[0] ?? '', session.outputNames[0] ?? ''];
    return {
      run: async () => {
        const { [output]: result } = await session.run({ [input]: new ort.Tensor('float32', data, shape) });
        if (!(result?.data instanceof Float32Array)) throw new Error(`onnxruntime gave no floats for ${output}`);
        return result.data;
      },
    };
  };
  return {
    adapter: '',
    prepare: async (workload) => {
      if (workload.kind === 'forward') return await prepare(await files('model.onnx'), pixels(), [1, 3, 224, 224]);
      if (workload.kind !== 'product') return undefined;
      const { m, k, n } = workload;
      const { a, b } = factorsOf(workload);
      return await prepare(productModel(m, k, n, b), a, [m, k]);
    },
  };
}
