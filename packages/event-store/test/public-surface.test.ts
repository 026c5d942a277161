import * as file from '@holdfast/event-store/file';
import * as root from '@holdfast/event-store';
import * as sqlite from '@holdfast/event-store/sqlite';
import * as testing from '@holdfast/event-store/testing';
import { expect, test } from 'vitest';

test('EV-01 the public surface is this and nothing else; what is only a type leaves no name at run time', () => {
  expect(Object.keys(root).toSorted()).toEqual([
    'EventType',
    'VectorClock',
    'checkReport',
    'compare',
    'concurrent',
    'createClock',
    'createEvent',
    'createMemoryEventStore',
    'emptyState',
    'exportEvents',
    'followUp',
    'happensBefore',
    'importEvents',
    'isEventType',
    'isReportValidForCurrentCode',
    'isVersionConflict',
    'keptState',
    'lessOrEqual',
    'makeProcessId',
    'merge',
    'parseEvent',
    'projectState',
    'projectTask',
    'rebuildState',
    'startProjection',
    'stateOf',
    'statesOf',
    'taskProjection',
    'tick',
    'verifyEvents',
  ]);
  expect(Object.keys(sqlite).toSorted()).toEqual(['openSqliteEventReader', 'openSqliteEventStore']);
  expect(Object.keys(file).toSorted()).toEqual(['exportToFile', 'importFromFile', 'linesOf']);
  expect(Object.keys(testing).toSorted()).toEqual(['eventStoreContract', 'given']);
});
