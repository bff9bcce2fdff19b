/** Files of a basis: whole ones as they always were, and reduced ones that say truly what they cost. */
import { Random } from '@cdam/tensor';
import { CheckpointError, readSafetensors, writeSafetensors } from '@cdam/vit';
import { describe, expect, it } from 'vitest';
import { basisError, mapErrors } from './basis-error.ts';
import { parseBasis, saveBasis } from './basis-file.ts';
import { ExplanationBasis } from './explanation-basis.ts';

const [WIDTH, ROWS, COLUMNS, CLASSES] = [12, 4, 5, 7];

/** A basis whose singular values fall by halves, with some noise. */
function makeBasis({ head = true, noise = 1e-3, scale = 40 } = {}): ExplanationBasis {
  const random = new Random(5);
  const normals = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
  const maps = normals(WIDTH * ROWS * COLUMNS).map((x) => x * noise * scale);
  for (let k = 0; k < 6; k++) {
    const [u, v] = [normals(WIDTH), normals(ROWS * COLUMNS)];
    for (let i = 0; i < maps.length; i++)
      maps[i] = (maps[i] ?? 0) + scale * 2 ** -k * (u[Math.floor(i / v.length)] ?? 0) * (v[i % v.length] ?? 0);
  }
  const classes = { classes: head ? CLASSES : 0, multiLabel: false, regression: false, labels: undefined, labelNames: undefined };
  const weights = head ? { weight: normals(CLASSES * WIDTH), bias: normals(CLASSES) } : undefined;
  return new ExplanationBasis({
    method: 'ledger',
    model: 'made up',
    grid: [ROWS, COLUMNS],
    classes,
    latent: normals(WIDTH),
    maps,
    head: weights,
  });
}

describe('a file of reduced rank', () => {
  const exact = makeBasis();

  it.each(['F32', 'F16'] as const)('in %s holds two factors, and says what it costs, rounding included', (dtype) => {
    const file = saveBasis(exact, { rank: 3, dtype });
    const { entries, metadata } = readSafetensors(file);
    expect(metadata?.get('format')).toBe('cdam-basis-2');
    expect([...entries.keys()]).toEqual(['basis.left', 'basis.right', 'scale', 'latent', 'head.weight', 'head.bias']);
    expect([entries.get('basis.left')?.shape, entries.get('basis.right')?.shape]).toEqual([
      [WIDTH, 3],
      [3, ROWS * COLUMNS],
    ]);
    const altered = parseBasis(file);
    const { reduction, method } = altered.parts;
    expect(method).toBe('ledger');
    expect(reduction).toEqual({ rank: 3, ...basisError(exact, altered) });
    expect(reduction?.energy).toBeGreaterThan(0.95);
    expect(reduction?.energy).toBeLessThan(0.9999);
  });

  it('has the errors that its maps have', () => {
    const altered = parseBasis(saveBasis(exact, { rank: 3 }));
    for (const from of ['logit', 'log-odds'] as const) {
      const errors = Array.from({ length: CLASSES }, (_, index) => {
        const [wanted, found] = [exact.map(index, from).scores, altered.map(index, from).scores];
        const largest = Math.max(...Array.from(wanted, Math.abs));
        return Math.max(...Array.from(wanted, (score, i) => Math.abs(score - (found[i] ?? 0)))) / largest;
      });
      expect(Array.from(mapErrors(exact, altered, from))).toEqual(errors);
      const spread = altered.parts.reduction?.maps?.[from];
      expect(spread).toEqual({ median: errors.toSorted((a, b) => a - b)[3], worst: Math.max(...errors) });
      expect(spread?.worst).toBeGreaterThan(0.01);
    }
  });

  it('loses less with every rank, and nothing at full rank', () => {
    const energies = [1, 2, 4, 8, 12].map((rank) => parseBasis(saveBasis(exact, { rank, dtype: 'F32' })).parts.reduction?.energy ?? 0);
    expect(energies).toEqual(energies.toSorted((a, b) => a - b));
    const whole = parseBasis(saveBasis(exact, { rank: 12, dtype: 'F32' })).parts.reduction;
    expect(1 - (whole?.energy ?? 0)).toBeLessThan(1e-12);
    expect(whole?.maps?.logit.worst).toBeLessThan(1e-5);
  });

  it('keeps rank and error when it is read and written again', () => {
    const once = parseBasis(saveBasis(exact, { rank: 4, dtype: 'F32' }));
    const twice = parseBasis(saveBasis(once, { dtype: 'F32' }));
    expect(twice.parts.reduction).toEqual(once.parts.reduction);
    expect(basisError(once, twice).maps?.logit.worst).toBeLessThan(1e-5);
  });

  it('has no errors of classes where there are none', () => {
    const { reduction } = parseBasis(saveBasis(makeBasis({ head: false }), { rank: 2 })).parts;
    expect(reduction?.maps).toBeUndefined();
    expect(reduction?.energy).toBeGreaterThan(0.8);
  });

  it.each([0, 1.5, 13, Number.NaN])('is refused for the rank %d', (rank) => {
    expect(() => saveBasis(exact, { rank })).toThrow(`the rank is ${rank}; give a whole number from 1 to 12`);
  });

  it('is refused of a basis that was reduced before, or is not finite', () => {
    expect(() => saveBasis(parseBasis(saveBasis(exact, { rank: 4 })), { rank: 2 })).toThrow('has rank 4 already');
    expect(() => saveBasis(makeBasis({ scale: Number.NaN }), { rank: 2 })).toThrow('number 0 of the basis is NaN');
  });

  it('is refused when a factor is missing or does not fit', () => {
    const { metadata } = readSafetensors(saveBasis(exact, { rank: 4 }));
    const known = Object.fromEntries(metadata ?? []);
    const tensors = [
      { name: 'basis.left', dtype: 'F32', shape: [WIDTH, 2], data: new Float32Array(2 * WIDTH) },
      { name: 'basis.right', dtype: 'F32', shape: [3, 20], data: new Float32Array(60) },
      { name: 'scale', dtype: 'F32', shape: [1], data: Float32Array.of(1) },
      { name: 'latent', dtype: 'F32', shape: [WIDTH], data: new Float32Array(WIDTH) },
    ] as const;
    expect(() => parseBasis(writeSafetensors(tensors, known))).toThrow('"basis.right" has shape [3, 20]; it must be [2, 20]');
    expect(() => parseBasis(writeSafetensors(tensors.slice(1), known))).toThrow(CheckpointError);
  });
});

describe('a whole file', () => {
  it('of the first version, which knew no method, is one of CDAM', () => {
    const tensors = [
      { name: 'basis', dtype: 'F32', shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) },
      { name: 'scale', dtype: 'F32', shape: [1], data: Float32Array.of(2) },
      { name: 'latent', dtype: 'F32', shape: [2], data: Float32Array.of(0, 1) },
    ] as const;
    const classes = '{"classes":0,"multiLabel":false}';
    const { parts } = parseBasis(writeSafetensors(tensors, { format: 'cdam-basis-1', model: 'm', grid: '[1,3]', classes }));
    expect(parts).toMatchObject({ method: 'cdam', grid: [1, 3], reduction: undefined });
    expect(Array.from(parts.maps)).toEqual([2, 4, 6, 8, 10, 12]);
  });

  it('does not change maps in F32, and little in F16', () => {
    const exact = makeBasis();
    expect(readSafetensors(saveBasis(exact)).metadata?.get('format')).toBe('cdam-basis-1');
    expect(basisError(exact, parseBasis(saveBasis(exact, { dtype: 'F32' }))).maps?.logit.worst).toBeLessThan(1e-6);
    expect(basisError(exact, parseBasis(saveBasis(exact))).maps?.logit.worst).toBeLessThan(2e-3);
  });
});

describe('a file from anywhere', () => {
  const framing = { fit: 'crop', resizeHeight: 256, resizeWidth: 256, cropRounding: 'floor', inputHeight: 224, inputWidth: 224 } as const;

  it.each([undefined, 3])('says how the photo was laid into the input, at the rank %s', (rank) => {
    const basis = new ExplanationBasis({ ...makeBasis().parts, framing });
    expect(parseBasis(saveBasis(basis, { rank })).parts.framing).toEqual(framing);
    expect(parseBasis(saveBasis(makeBasis(), { rank })).parts.framing).toBeUndefined();
  });

  it.each([
    ['{"fit":"crop"}', 'the framing has no inputHeight in pixels'],
    [JSON.stringify({ ...framing, inputWidth: -3 }), 'the framing has no inputWidth in pixels'],
    [JSON.stringify({ ...framing, resizeWidth: 100 }), 'the framing cuts an input out of something smaller'],
    ['{', 'the framing of a basis'],
  ])('is refused with the framing %s', (text, reason) => {
    const { entries, metadata } = readSafetensors(saveBasis(makeBasis(), { dtype: 'F32' }));
    const tensors = Array.from(entries.values(), ({ name, shape, bytes }) => {
      return { name, dtype: 'F32' as const, shape, data: new Float32Array(bytes.slice().buffer) };
    });
    expect(() => parseBasis(writeSafetensors(tensors, { ...Object.fromEntries(metadata ?? []), framing: text }))).toThrow(reason);
  });

  it('is refused when it would not fit into memory, or has no patches', () => {
    const vector = (name: string, ...shape: number[]) => {
      return { name, dtype: 'F32' as const, shape, data: new Float32Array(shape.reduce((a, b) => a * b)) };
    };
    const tensors = [vector('basis.left', 9000, 1), vector('basis.right', 1, 10_000), vector('scale', 1), vector('latent', 9000)];
    const known = { format: 'cdam-basis-2', model: 'm', grid: '[100,100]', classes: '{"classes":0,"multiLabel":false}' };
    expect(() => parseBasis(writeSafetensors(tensors, known))).toThrow('9000 maps of 10000 patches are more than');
    expect(() => parseBasis(writeSafetensors(tensors, { ...known, grid: '[0,7]' }))).toThrow('has no grid');
  });
});
