import type { SessionWarning } from '@holdfast/executor';

/** Writes a warning as one line of JSON on standard error, for people and for whatever collects logs. */
export function reportWarning(warning: SessionWarning): void {
  const record = { level: 'warn', time: new Date().toISOString(), ...warning };
  process.stderr.write(`${JSON.stringify(record, (_name, value: unknown) => (value instanceof Error ? value.message : value))}\n`);
}
