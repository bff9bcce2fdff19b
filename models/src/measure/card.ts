/**
 * The model card, which is the README of the bundled model. It is made from the records of training and evaluation, so that its numbers
 * are always theirs.
 */
import type { TrainingRecord } from '../training/export.ts';
import { duration } from '../training/progress.ts';
import { type Evaluation, LOCALISED, type Localisation } from './evaluation.ts';

/** evaluation.json beside the model. */
export interface EvaluationRecord extends Evaluation {
  /** SHA-256 of the model.safetensors that was measured, in hexadecimal digits. */
  readonly weights: string;
  /** How many numbers the weights have in all. */
  readonly parameters: number;
  /** Seed of the mosaics. */
  readonly seed: number;
  /** The probability that a cell stays empty. */
  readonly empty: number;
  readonly backend: string;
  readonly adapter: string;
}

/** A Markdown table with one row for each class, and the mean over all classes. */
export function figuresTable({ classes, meanAveragePrecision }: Evaluation): string {
  const rows = classes.map((figures) => [
    figures.label,
    String(figures.mosaics),
    ...[figures.averagePrecision, figures.precision, figures.recall, figures.cdamShare, figures.attentionShare].map(decimals),
  ]);
  const head = ['class', 'mosaics', 'average precision', 'precision', 'recall', 'CDAM share', 'attention share'];
  const mean = ['**mean**', '', `**${decimals(meanAveragePrecision)}**`, '', '', '', ''];
  return markdownTable([head, ...rows, mean]);
}

/** A Markdown table of how much of the maps lies in the right cell, for each method. */
export function localisationTable({ localisation, localisationInFullMosaics }: Evaluation): string {
  const rows = (where: string, { pairs, methods }: Localisation): string[][] =>
    LOCALISED.map((method) => [where, `\`${method}\``, String(pairs), decimals(methods[method].share), decimals(methods[method].hits)]);
  const head = ['mosaics', 'map', 'maps', 'share in the cell', 'largest share there'];
  return markdownTable([head, ...rows('all', localisation), ...rows('without an empty cell', localisationInFullMosaics)]);
}

/** The text of README.md. */
export function modelCard(training: TrainingRecord, evaluation: EvaluationRecord): string {
  const { recipe } = training;
  const { width, depth, heads, mlpRatio, imageSize, patchSize } = recipe.architecture;
  const patches = (imageSize / patchSize) ** 2;
  return `# The bundled model

A Vision Transformer of ${evaluation.parameters} parameters that names the articles in a mosaic of 2 × 2 cells, trained from scratch by this
project's own automatic differentiation. With it the project can show what it does without weights from elsewhere. Its pictures hold several
classes at known places, so one can see and measure whether the map of a class points at that class.

It is not a model of fashion. It knows ten kinds of articles, grey, centred and alone in their cells.

| | |
|---|---|
| input | ${imageSize} × ${imageSize} pixels, three equal channels, (grey / 255 − ${recipe.normalisation.mean}) / ${recipe.normalisation.std} |
| tokens | ${patches} patches of ${patchSize} × ${patchSize} pixels and a class token |
| width, depth, heads, MLP | ${width}, ${depth} blocks, ${heads} heads, ${mlpRatio} × ${width} |
| head | ten independent classes (sigmoid): a mosaic may show several, or one of them twice |
| weights | \`model.safetensors\`, F16, timm's names; \`config.json\` in timm's form |

## Data

Fashion-MNIST (H. Xiao, K. Rasul, R. Vollgraf, 2017, arXiv 1708.07747), © Zalando SE, MIT licence; also Debian's package
\`dataset-fashion-mnist\`. A mosaic has four cells of 28 × 28 pixels. One cell, chosen at random, always holds an article; each of the
others stays empty with a probability of ${recipe.empty}. Every article is equally likely. Training draws from the 60 000 training articles,
measuring from the 10 000 test articles, which the training never saw. Weights and pictures here are under the MIT licence as well.

## Training

    npm run train:bundled -- --data <folder of Fashion-MNIST>

| | |
|---|---|
| seed | ${recipe.seed}, for weights and mosaics |
| steps | ${recipe.steps} of ${recipe.batch} mosaics: ${recipe.steps * recipe.batch} mosaics, each drawn at random |
| loss | binary cross-entropy with logits, ${training.loss.toFixed(4)} at the end |
| optimiser | AdamW, learning rate ${recipe.learningRate} after a warm-up over ${recipe.warmup} steps, cosine to 0, weight decay ${recipe.weightDecay} (matrices only), gradient norm at most ${recipe.gradientNorm} |
| time | ${duration(training.seconds)} |
| machine | ${training.backend} on ${training.adapter}; ${training.machine} |

The training knew only which classes a mosaic shows, and not where. The sizes and the learning rate were chosen among a few short trials
that were compared on mosaics of test articles, other mosaics than those measured here, so the figures are slightly better than they
would be on articles that were never used for a choice.

## Measured

    npm run evaluate:bundled -- --data <folder of Fashion-MNIST>

${evaluation.mosaics} mosaics of test articles from seed ${evaluation.seed}, on ${evaluation.backend} (${evaluation.adapter}). Precision and recall are at a
probability of one half. Average precision is the sum over all thresholds of precision times gain in recall, as in scikit-learn.

${figuresTable(evaluation)}

**Class discrimination.** For every mosaic and every class that exactly one of its cells shows: the part of the positive score of the map
that lies in that cell. A map that does not depend on the class has 0.25 on average. The last column is the part of the maps in which
this cell has the largest share. The table above has the same shares by class.

${localisationTable(evaluation)}

The attention map is the same for every class, so it cannot tell them apart; it only prefers cells that are not empty.

## Pictures

\`example.png\` is a mosaic of test articles, enlarged four times. It was chosen: of many that show a shirt, a bag, trousers and an ankle
boot it is the one about which the model is most certain.
\`sample.png\` holds the first 64 of the mosaics that were measured, in eight rows; \`sample.json\` says what they show. Both are
written by \`npm run sample:bundled -- --data <folder of Fashion-MNIST>\`.
`;
}

function decimals(value: number | null): string {
  return value === null ? '–' : value.toFixed(3);
}

function markdownTable([head = [], ...rows]: readonly string[][]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...rows.map(line)].join('\n');
}
