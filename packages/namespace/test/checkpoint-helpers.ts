import { types } from 'node:util';
import { decodeCheckpoint, encodeCheckpoint, type CheckpointEntry, type EncodeOptions, type EncodedCheckpoint } from '@holdfast/namespace';

export function entriesOf(values: Readonly<Record<string, unknown>>): CheckpointEntry[] {
  return Object.entries(values).map(([name, value]) => ({ name, binding: 'property', value }));
}

export function take(values: Readonly<Record<string, unknown>>, options: Partial<EncodeOptions> = {}): EncodedCheckpoint {
  return encodeCheckpoint(entriesOf(values), { types, ...options });
}

/** What comes back of a namespace of data. */
export function roundTrip(values: Readonly<Record<string, unknown>>, options: Partial<EncodeOptions> = {}): Record<string, unknown> {
  const { entries } = decodeCheckpoint(take(values, options).bytes);
  return Object.fromEntries(entries.map(({ name, value }) => [name, value]));
}

/** The reason for which a value is not kept; undefined where it is. */
export function refusal(value: unknown, options: Partial<EncodeOptions> = {}): string | undefined {
  return take({ it: value }, options).skipped[0]?.reason;
}
