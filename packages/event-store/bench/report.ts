export interface Line {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** What it is measured against: its name and its value in the same run. */
  readonly beside?: { readonly name: string; readonly value: number };
  /** A ratio of at least so much, or a value of at most so much. */
  readonly goal?: { readonly ratio: number } | { readonly atMost: number };
}

export type Report = (line: Line) => void;

/** Why a case could not be measured. */
export class Missing extends Error {}

export function ratioOf({ value, beside }: Line): number | undefined {
  return beside && value / beside.value;
}

/** Undefined for a line without a goal. */
export function holds(line: Line): boolean | undefined {
  const { goal, value } = line;
  if (goal === undefined) return undefined;
  return 'ratio' in goal ? (ratioOf(line) ?? 0) >= goal.ratio : value <= goal.atMost;
}

export function asText(line: Line): string {
  const { name, value, unit, beside, goal } = line;
  const ratio = ratioOf(line);
  const against = beside ? `, ${ratio?.toPrecision(3)} x ${beside.name} (${round(beside.value)})` : '';
  const wanted = goal && ('ratio' in goal ? `goal ${goal.ratio} x` : `goal at most ${goal.atMost} ${unit}`);
  const verdict = goal ? `  ${holds(line) === true ? 'holds' : 'MISSED'}, ${wanted}` : '';
  return `${name}: ${round(value)} ${unit}${against}${verdict}`;
}

function round(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
