/** What a region says of all classes is what their maps say, and a basis of a few classes says what the whole one does. */
import { Random } from '@cdam/tensor';
import { describe, expect, it } from 'vitest';
import type { From } from '../targets/target.ts';
import { parseBasis, saveBasis } from './basis-file.ts';
import { ofClasses } from './chosen-classes.ts';
import { ExplanationBasis } from './explanation-basis.ts';
import { classesOf, regionScores } from './region.ts';

const [WIDTH, ROWS, COLUMNS, CLASSES] = [8, 3, 4, 6];
const REGION = [1, 2, 5, 6];
const ALL: readonly From[] = ['logit', 'log-odds', 'probability'];

function makeBasis({ multiLabel = false, regression = false, certain = false } = {}): ExplanationBasis {
  const random = new Random(3);
  const normals = (n: number): Float32Array => Float32Array.from({ length: n }, () => random.normal());
  const labels = ['cup', 'plate', 'spoon', 'table', 'saucer', 'tray'];
  const bias = normals(CLASSES);
  if (certain) bias[2] = 60;
  return new ExplanationBasis({
    method: 'cdam',
    model: 'made up',
    grid: [ROWS, COLUMNS],
    classes: { classes: CLASSES, multiLabel, regression, labels, labelNames: undefined },
    latent: normals(WIDTH),
    maps: normals(WIDTH * ROWS * COLUMNS),
    head: { weight: normals(CLASSES * WIDTH), bias },
  });
}

const sumOver = (scores: Float32Array): number => REGION.reduce((sum, patch) => sum + (scores[patch] ?? 0), 0);

describe.each([
  { kind: 'classes that exclude each other', basis: makeBasis() },
  { kind: 'a class that is all but certain', basis: makeBasis({ certain: true }) },
  { kind: 'independent classes', basis: makeBasis({ multiLabel: true }) },
])('the region scores of $kind', ({ basis }) => {
  it.each(ALL)('are the sums of the maps from %s', (from) => {
    const scores = regionScores(basis, REGION, from);
    for (let c = 0; c < CLASSES; c++) expect(scores[c]).toBeCloseTo(sumOver(basis.scoresOfClass(c, from)), 5);
  });
});

describe('classesOf', () => {
  const basis = makeBasis();

  it('from the logit is W·L·1_R', () => {
    const { maps, head } = basis.parts;
    const sums = Array.from({ length: WIDTH }, (_, j) => REGION.reduce((sum, patch) => sum + (maps[j * ROWS * COLUMNS + patch] ?? 0), 0));
    const evidence = classesOf(basis, REGION);
    for (const { index, score } of [...evidence.for, ...evidence.against])
      expect(score).toBeCloseTo(
        sums.reduce((sum, x, j) => sum + x * (head?.weight[index * WIDTH + j] ?? 0), 0),
        6,
      );
    expect(evidence.for.length + evidence.against.length).toBe(CLASSES);
  });

  it('lists what the region speaks for and against, strongest first, and each patch once', () => {
    const evidence = classesOf(basis, [...REGION, ...REGION], { from: 'log-odds' });
    expect(evidence).toEqual(classesOf(basis, REGION, { from: 'log-odds' }));
    expect(evidence.for.map(({ score }) => -score)).toEqual(evidence.for.map(({ score }) => -score).toSorted((a, b) => a - b));
    expect(evidence.against.map(({ score }) => score)).toEqual(evidence.against.map(({ score }) => score).toSorted((a, b) => a - b));
    expect([...evidence.for, ...evidence.against].every(({ label, index }) => basis.parts.classes.labels?.[index] === label)).toBe(true);
  });

  it('holds all classes against another one', () => {
    const evidence = classesOf(basis, REGION, { from: 'log-odds', versus: 4 });
    for (const { index, score } of [...evidence.for, ...evidence.against]) {
      const map = basis.map({ kind: 'class', index, label: '', versus: 4 }, 'log-odds');
      expect(score).toBeCloseTo(sumOver(map.scores), 5);
    }
    expect(evidence.for.concat(evidence.against).some(({ index }) => index === 4)).toBe(false);
  });

  it.each([-1, 12, 0.5])('refuses the patch %d', (patch) => {
    expect(() => classesOf(basis, [patch])).toThrow(`there is no patch ${patch}; the grid has those from 0 to 11`);
  });

  it('refuses a class that there is not, and the probability of a regression', () => {
    expect(() => classesOf(basis, REGION, { versus: 6 })).toThrow('there is no class 6');
    expect(() => classesOf(makeBasis({ regression: true }), REGION, { from: 'probability' })).toThrow('have no probability');
  });
});

describe('a basis of a few classes', () => {
  it('keeps logits, probabilities and every map, and makes one class of the rest', () => {
    const basis = makeBasis();
    const few = parseBasis(saveBasis(ofClasses(basis, [4, 1]), { dtype: 'F32' }));
    expect(few.parts.classes.labels).toEqual(['saucer', 'plate', 'any other class']);
    const all = basis.predictions(CLASSES);
    for (const [index, was] of [4, 1].entries()) {
      const [found, wanted] = [few.predictions(3).find((p) => p.index === index), all.find((p) => p.index === was)];
      expect(found?.logit).toBeCloseTo(wanted?.logit ?? Number.NaN, 5);
      expect(found?.probability).toBeCloseTo(wanted?.probability ?? Number.NaN, 6);
      for (const from of ALL) {
        const [scores, exact] = [few.map(index, from).scores, basis.map(was, from).scores];
        for (const [i, score] of exact.entries()) expect(scores[i]).toBeCloseTo(score, 4);
      }
    }
  });

  it('has no rest where the classes are independent, or where none was left out', () => {
    expect(ofClasses(makeBasis({ multiLabel: true }), [2]).parts.classes.labels).toEqual(['spoon']);
    expect(ofClasses(makeBasis(), [5, 4, 3, 2, 1, 0]).logits.length).toBe(6);
  });

  it.each([[[6]], [[1, 1]], [[]]])('is refused for the classes %j', (chosen) => {
    expect(() => ofClasses(makeBasis(), chosen)).toThrow('is not a class of the basis, or named twice; it has 6');
  });

  it('is refused of a reduced basis', () => {
    expect(() => ofClasses(parseBasis(saveBasis(makeBasis(), { rank: 2 })), [1])).toThrow('begin with the whole one');
  });
});
