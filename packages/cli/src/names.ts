/**
 * Finds methods and metrics by the names that people type, and says which name is nearest to one that does not exist.
 */
import { nearestLabels } from '@cdam/vit';
import { findMethod, findMetric, METHODS, METRICS, type Metric } from 'cdam';
import { CliError } from './errors.ts';

/** As `findMethod`, with the nearest name in the error. @throws CliError `usage` when there is no such method */
export function methodCalled(name: string): ReturnType<typeof findMethod> {
  return found('method', name, METHODS, findMethod);
}

/** As `findMetric`, with the nearest name in the error. @throws CliError `usage` when there is no such metric */
export function metricCalled(name: string): Metric {
  return found('metric', name, METRICS, findMetric);
}

function found<T>(kind: string, name: string, all: readonly { readonly name: string }[], find: (name: string) => T): T {
  const names = all.map((one) => one.name);
  if (names.includes(name)) return find(name);
  const [nearest] = nearestLabels({ classes: names.length, labels: names, labelNames: undefined }, name, 1);
  const advice = nearest === undefined ? '' : `did you mean ${nearest}? `;
  throw new CliError('usage', `there is no ${kind} ${JSON.stringify(name)}; ${advice}there are ${names.join(', ')}`);
}
