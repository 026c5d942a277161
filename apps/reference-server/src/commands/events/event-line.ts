import { stripVTControlCharacters } from 'node:util';
import type { Event } from '@holdfast/event-store';

/** One event on one line: as JSON, or for people, cut to the width of the terminal where there is one. */
export function eventLine(event: Event, isJson: boolean, columns: number | undefined): string {
  if (isJson) return `${JSON.stringify(event)}\n`;
  const { sequenceNumber, timestamp, type, taskId, streamVersion, data } = event;
  const place = `${taskId}@${streamVersion}`;
  const line = `${String(sequenceNumber).padStart(7)}  ${timestamp}  ${type.padEnd(22)}  ${place.padEnd(24)}  ${JSON.stringify(data)}`;
  const plain = stripVTControlCharacters(line).replaceAll(/\p{Cc}/gu, ' ');
  return `${columns !== undefined && plain.length > columns ? `${plain.slice(0, columns - 1)}…` : plain}\n`;
}
