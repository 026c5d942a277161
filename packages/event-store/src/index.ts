/**
 * Events with vector clocks, a store port with an in-memory adapter, and what events add up to.
 * This entry runs anywhere; the durable store stands behind `@holdfast/event-store/sqlite`.
 *
 * @module
 */
export { createEvent, parseEvent, type Event, type EventInput, type EventSources, type NewEvent } from './event.ts';
export { followUp } from './follow-up.ts';
export { EventType, isEventType } from './event-type.ts';
export { type JsonObject } from './json.ts';

export {
  type AppendOptions,
  type Decide,
  type EventQuery,
  type EventReader,
  type EventStore,
  type EventStoreOptions,
  type ExpectedVersion,
  type StreamAppend,
  type StreamHead,
  type StreamInfo,
  type SubscribeQuery,
} from './store/event-store.ts';
export { type ConsumerReader, type Consumers, type ConsumerState, type Progress } from './store/consumers.ts';
export { type EventRecord, type RecordQuery } from './store/event-record.ts';
export { type Upcaster, type Upcasters } from './store/upcast.ts';
export { exportEvents, importEvents, type EventProgress, type LongWorkOptions } from './export.ts';
export { verifyEvents, type Anchor, type Verification, type VerifyOptions } from './verify.ts';
export { createMemoryEventStore } from './store/memory.ts';
export { isVersionConflict, type VersionConflict } from './errors.ts';

export { createClock, merge, tick, type ClockMap } from './clock/clock-map.ts';
export { compare, concurrent, happensBefore, lessOrEqual, type ClockOrder } from './clock/compare.ts';
export { VectorClock } from './clock/vector-clock.ts';
export { makeProcessId } from './clock/process-id.ts';

export { checkReport, isReportValidForCurrentCode, type CodeReference, type ReportCheck, type ReportReason } from './ordering.ts';

export { type Fold, type Projection } from './projection/projection.ts';
export { emptyState, type ModuleState, type StateWarning, type TaskState, type TaskStatus } from './projection/task-state.ts';
export { projectState } from './projection/project-state.ts';
export { projectTask, rebuildState, taskProjection } from './projection/rebuild-state.ts';
export { keptState, stateOf, statesOf, type Moment } from './projection/project.ts';
export { startProjection, type ProjectionRun, type ProjectionRunOptions, type ProjectionStats } from './projection/projection-run.ts';
