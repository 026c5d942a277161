/**
 * Schemas of event data change, events do not. Each event is kept with the version of the schema it was written in,
 * and read through the steps that lead from there to the present one.
 */
import { eventStoreError } from '../errors.ts';
import { freezeEvent, type Event } from '../event.ts';
import { copyJsonObject, type JsonObject } from '../json.ts';

/** One step: data of one schema version as that of the next. It changes nothing that it is given. */
export type Upcaster = (data: JsonObject) => JsonObject;

/**
 * For each event type its steps, oldest first. New steps are added at the end, and none is ever taken away. A store that
 * is given none at all, not even `{}`, gives every event as it is kept.
 */
export type Upcasters = Readonly<Record<string, readonly Upcaster[]>>;

const none: readonly Upcaster[] = [];

/** The schema version that an event of this type is written in today. */
export function schemaVersionOf(upcasters: Upcasters | undefined, type: string): number {
  return stepsOf(upcasters, type).length + 1;
}

/**
 * The event in today's schema.
 *
 * @throws HOLDFAST_EVENT_STORE_CANNOT_UPCAST
 */
export function upcast(upcasters: Upcasters | undefined, event: Event, schemaVersion: number): Event {
  if (upcasters === undefined) return event;
  const steps = stepsOf(upcasters, event.type);
  const current = steps.length + 1;
  if (schemaVersion === current) return event;
  if (schemaVersion > current) throw cannotUpcast(event, `its schema is version ${schemaVersion} and the newest one known is ${current}`);
  try {
    const data = steps.slice(schemaVersion - 1).reduce((older, step) => step(older), event.data);
    return freezeEvent({ ...event, data: copyJsonObject(data) });
  } catch (cause) {
    throw cannotUpcast(event, `its upcasters from version ${schemaVersion} to ${current} failed`, cause);
  }
}

function stepsOf(upcasters: Upcasters | undefined, type: string): readonly Upcaster[] {
  return upcasters !== undefined && Object.hasOwn(upcasters, type) ? (upcasters[type] ?? none) : none;
}

function cannotUpcast({ sequenceNumber, type }: Event, problem: string, cause?: unknown): Error {
  return eventStoreError('HOLDFAST_EVENT_STORE_CANNOT_UPCAST', `Cannot read event ${sequenceNumber} of type ${JSON.stringify(type)}: ${problem}`, {
    cause,
    data: { sequenceNumber, type },
  });
}
