/**
 * A history in two parts: the newest events whole, everything before them as one short line each, so that a model knows
 * what happened and sees in full what it works on.
 */
import { rebuildState, type Event, type TaskState } from '@holdfast/event-store';
import type { JsonValue } from '@holdfast/protocol';

export interface SummariseOptions {
  /** How many of the newest events stay whole. @default 5 */
  readonly keepRecent?: number;
  /** How much of each field a line shows. @default 24 */
  readonly maxFieldCharacters?: number;
  /** How long a line gets at most; 72 characters make fifty events of 200 tokens a fifth. @default 72 */
  readonly maxLineCharacters?: number;
  /** What the whole history adds up to, where the events are only a part of it. @default rebuilt from the events */
  readonly taskState?: TaskState;
}

export interface EventSummary {
  /** The state of the task in one line. */
  readonly header: string;
  /** The older events, oldest first, one line each. */
  readonly lines: readonly string[];
  /** The newest events whole, oldest first. */
  readonly recent: readonly string[];
  /** All of it. */
  readonly text: string;
}

/**
 * Summarises the events of one task. They are put in their order first.
 *
 * @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT, HOLDFAST_EVENT_STORE_DUPLICATE_SEQUENCE for events that are no history of
 *   one task, where no `taskState` is given
 */
export function summariseEvents(events: readonly Event[], options: SummariseOptions = {}): EventSummary {
  const { keepRecent = 5, taskState } = options;
  const ordered = inOrder(events);
  const older = Math.max(0, ordered.length - keepRecent);
  const header = ordered.length === 0 && !taskState ? 'No events yet' : describeState(taskState ?? rebuildState(ordered));
  const lines = ordered.slice(0, older).map((event) => eventLine(event, options));
  const recent = ordered.slice(older).map(wholeEvent);
  return { header, lines, recent, text: [header, ...lines, ...recent].join('\n') };
}

/** By sequence number; events that were not appended keep their places. */
export function inOrder(events: readonly Event[]): Event[] {
  return events.toSorted((left, right) => left.sequenceNumber - right.sequenceNumber);
}

/** An event in one short line. */
export function eventLine(event: Event, { maxFieldCharacters = 24, maxLineCharacters = 72 }: SummariseOptions = {}): string {
  const fields = Object.entries(event.data).map(([name, value]) => `${name}=${shorten(plainText(value), maxFieldCharacters)}`);
  return shorten(oneLine([title(event), ...fields].join(' ')), maxLineCharacters);
}

/** An event with all its data, in one line however long. */
export function wholeEvent(event: Event): string {
  return `${oneLine(title(event))} at ${event.timestamp} ${escapeBreaks(JSON.stringify(event.data))}`;
}

function title({ streamVersion, type, codeVersion }: Event): string {
  return `#${streamVersion} ${type} v${codeVersion}`;
}

function describeState({ status, modules, codeVersion }: TaskState): string {
  const states = Object.values(modules);
  const iterations = states.reduce((sum, module) => sum + module.iterations, 0);
  return `Status ${status}, ${states.length} modules, ${iterations} iterations, code version ${codeVersion}`;
}

function plainText(value: JsonValue): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

/** JSON says a line feed as an escape, and leaves these three as they are. */
function escapeBreaks(json: string): string {
  return json.replaceAll(/[\u0085\u2028\u2029]/gu, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function oneLine(text: string): string {
  return text.replaceAll(/[\n\r\u0085\u2028\u2029]+/gu, ' ');
}

function shorten(text: string, maxCharacters: number): string {
  if (text.length <= maxCharacters) return text;
  const kept = text.slice(0, Math.max(0, maxCharacters - 1));
  return `${kept.isWellFormed() ? kept : kept.slice(0, -1)}…`;
}
