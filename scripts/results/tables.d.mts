/** A report as report.json has it, as far as the tables need it. */
export interface Report {
  readonly measured: number;
  readonly metrics: readonly object[];
  readonly comparison: object | null;
}

export function fillTables(text: string, reportOf: (name: string) => Report): string;
