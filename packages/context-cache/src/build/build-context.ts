/**
 * What a model is told, in four layers: the system prompt, the state of the task, what happened, what happens now.
 *
 * Room is given out in another order than the text is read in: system prompt first, then the current event, the state,
 * and to the history what is left, newest events first. Every step is accepted only after the whole text was counted, so
 * the result is within the budget for any estimator, however it counts.
 */
import { rebuildState, type Event } from '@holdfast/event-store';
import { eventLine, inOrder, summariseEvents, wholeEvent, type SummariseOptions } from '../summarise/event-lines.ts';
import { estimateTokens, type TokenEstimator } from '../tokens/estimator.ts';
import { largestFitting } from './fit.ts';
import { limitOf } from './limit.ts';

export interface BuildContextInput {
  readonly system?: string;
  /** What the task has come to. */
  readonly state?: string;
  /** The history of one task. The current event may be among them. */
  readonly events: readonly Event[];
  readonly current?: Event;
  readonly budgetTokens: number;
  /** How much of the budget is filled; the rest is for the answer. @default 0.8 */
  readonly fillRatio?: number;
  /** Counts as the model does. @default estimateTokens */
  readonly estimator?: TokenEstimator;
  readonly summarise?: SummariseOptions;
}

export type LayerName = 'system' | 'state' | 'events' | 'current';

export interface ContextLayer<Name extends LayerName = LayerName> {
  readonly name: Name;
  /** Empty where there is nothing to say or no room to say it. */
  readonly text: string;
  readonly tokens: number;
}

/** What did not get in. */
export interface Omission {
  readonly layer: LayerName;
  /** `details`: an event is there, in short. */
  readonly unit: 'lines' | 'words' | 'events' | 'details';
  readonly count: number;
}

export interface BuiltContext {
  readonly text: string;
  /** Never more than `budgetTokens * fillRatio`. */
  readonly tokens: number;
  readonly layers: readonly [ContextLayer<'system'>, ContextLayer<'state'>, ContextLayer<'events'>, ContextLayer<'current'>];
  /** Empty when everything got in. */
  readonly omitted: readonly Omission[];
}

/**
 * Builds the context for one answer of a model.
 *
 * @throws RangeError for a budget or a ratio that is none
 * @throws HOLDFAST_EVENT_STORE_INVALID_ARGUMENT, HOLDFAST_EVENT_STORE_DUPLICATE_SEQUENCE for events that are no history of one task
 */
export function buildContext(input: BuildContextInput): BuiltContext {
  const { system = '', state = '', events, current, fillRatio = 0.8, estimator = estimateTokens, summarise = {} } = input;
  const room = new Room(limitOf(input.budgetTokens, fillRatio, estimator), estimator);
  const history = inOrder(events).filter((event) => event.eventId !== current?.eventId);
  const omitted = [
    ...placeText(room, 'system', system),
    ...(current ? placeCurrent(room, current, summarise) : []),
    ...placeText(room, 'state', state),
    ...placeEvents(room, history, events.length > 0 ? { taskState: rebuildState(events), ...summarise } : summarise),
  ];
  const { text, texts } = room;
  const layer = <Name extends LayerName>(name: Name): ContextLayer<Name> => ({ name, text: texts[name], tokens: estimator(texts[name]) });
  return { text, tokens: estimator(text), layers: [layer('system'), layer('state'), layer('events'), layer('current')], omitted };
}

/** The text as it grows. */
class Room {
  readonly #limit: number;
  readonly #estimator: TokenEstimator;
  #texts: Readonly<Record<LayerName, string>> = { system: '', state: '', events: '', current: '' };

  constructor(limit: number, estimator: TokenEstimator) {
    this.#limit = limit;
    this.#estimator = estimator;
  }

  get texts(): Readonly<Record<LayerName, string>> {
    return this.#texts;
  }

  get text(): string {
    return join(this.#texts);
  }

  fits(layer: LayerName, text: string): boolean {
    return this.#estimator(join({ ...this.#texts, [layer]: text })) <= this.#limit;
  }

  /** Places a text that fits. */
  place(layer: LayerName, text: string): boolean {
    if (!this.fits(layer, text)) return false;
    this.#texts = { ...this.#texts, [layer]: text };
    return true;
  }
}

function join({ system, state, events, current }: Readonly<Record<LayerName, string>>): string {
  return [system, state, events, current].filter((text) => text !== '').join('\n\n');
}

/** From the beginning, up to the end of a line; of a word where not one line fits. */
function placeText(room: Room, layer: LayerName, text: string): Omission[] {
  if (room.place(layer, text)) return [];
  const cuts = [
    { unit: 'lines', separator: '\n' },
    { unit: 'words', separator: ' ' },
  ] as const;
  for (const { unit, separator } of cuts) {
    const parts = text.split(separator);
    const cut = (kept: number): string => [...parts.slice(0, kept), `[${parts.length - kept} more ${unit} left out]`].join(separator);
    const kept = largestFitting(parts.length - 1, (count) => room.fits(layer, cut(count))) ?? 0;
    if (kept > 0 && room.place(layer, cut(kept))) return [{ layer, unit, count: parts.length - kept }];
  }
  room.place(layer, '[left out]');
  return [{ layer, unit: 'lines', count: text.split('\n').length }];
}

function placeCurrent(room: Room, event: Event, summarise: SummariseOptions): Omission[] {
  if (room.place('current', `Current event:\n${wholeEvent(event)}`)) return [];
  const isInShort = room.place('current', `Current event:\n${eventLine(event, summarise)}`);
  return [{ layer: 'current', unit: isInShort ? 'details' : 'events', count: 1 }];
}

/** Shows fewer of the newest events whole before it lets one of them go; then lets the oldest go. */
function placeEvents(room: Room, events: readonly Event[], summarise: SummariseOptions): Omission[] {
  const wished = Math.min(summarise.keepRecent ?? 5, events.length);
  for (let keepRecent = wished; keepRecent >= 0; keepRecent -= 1) {
    const { header, lines, recent } = summariseEvents(events, { ...summarise, keepRecent });
    const entries = [...lines, ...recent];
    const leftOut = (kept: number): string[] => (kept < entries.length ? [`[${entries.length - kept} older events left out]`] : []);
    const newest = (kept: number): string => [header, ...leftOut(kept), ...entries.slice(entries.length - kept)].join('\n');
    const kept = largestFitting(entries.length, (count) => room.fits('events', newest(count))) ?? 0;
    if (kept < wished && keepRecent > 0) continue;
    const isPlaced = room.place('events', newest(kept));
    return omissions({ events: isPlaced ? entries.length - kept : entries.length, details: isPlaced ? wished - keepRecent : 0 });
  }
  return [];
}

function omissions(counts: { readonly events: number; readonly details: number }): Omission[] {
  return (['events', 'details'] as const).flatMap((unit) => (counts[unit] > 0 ? [{ layer: 'events', unit, count: counts[unit] } as const] : []));
}
