import type { Event, EventReader, EventRecord, NewEvent } from '@holdfast/event-store';

export const note = (index: number): NewEvent => ({ type: 'NOTE_TAKEN', data: { index } });

export async function collect<Value>(values: AsyncIterable<Value>): Promise<Value[]> {
  const collected: Value[] = [];
  for await (const value of values) collected.push(value);
  return collected;
}

export async function events(reader: EventReader): Promise<readonly Event[]> {
  return collect(reader.read());
}

export async function records(reader: EventReader): Promise<readonly EventRecord[]> {
  return collect(reader.records());
}

export const upTo = (last: number, first = 1): readonly number[] => Array.from({ length: last - first + 1 }, (_, index) => index + first);
