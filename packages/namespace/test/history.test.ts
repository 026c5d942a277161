import { History, Namespace } from '@holdfast/namespace';
import { expect, test } from 'vitest';

function start(maxEntries = 1000): { history: History; get: (...names: string[]) => unknown[]; namespace: Namespace } {
  const namespace = new Namespace({});
  return { history: new History(namespace, { maxEntries }), namespace, get: (...names) => names.map((name) => namespace.get(name)) };
}

test('NS-12 NS-13 NS-15 the last three results are kept, newest first, whatever else is written', () => {
  const { history, namespace, get } = start();

  ['a', 'b', 'c', 'd'].forEach((value, index) => history.recordExpressionResult(value, index + 1));
  namespace.update({ x: 1 });

  expect(get('_', '__', '___')).toEqual(['d', 'c', 'b']);
});

test('NS-14 undefined is no value, null is one', () => {
  const { history, get } = start();
  history.recordExpressionResult(1, 1);

  history.recordExpressionResult(undefined, 2);
  history.recordExpressionResult(null, 3);

  expect(get('_', '__', 'Out')).toEqual([null, 1, { 1: 1, 3: null }]);
});

test('NS-16 inputs are numbered and the last three have names', () => {
  const { history, get } = start();

  ['one', 'two', 'three', 'four'].forEach((source, index) => history.recordInput(source, index + 1));

  expect(get('_i', '_ii', '_iii')).toEqual(['four', 'three', 'two']);
  expect(get('In', '_ih')).toEqual([{ 1: 'one', 2: 'two', 3: 'three', 4: 'four' }, { 1: 'one', 2: 'two', 3: 'three', 4: 'four' }]);
});

test('NS-16 the memory is bounded', () => {
  const { history, get } = start(2);

  [1, 2, 3].forEach((value) => history.recordExpressionResult(value, value));

  expect(get('Out')).toEqual([{ 2: 2, 3: 3 }]);
});

test('NS-16 the memory of results is bounded where not every cell has one', () => {
  const { history, get } = start(2);
  for (let index = 1; index <= 9; index += 1) {
    history.recordInput(`cell ${index}`, index);
    if (index % 4 === 1) history.recordExpressionResult(index, index);
  }

  expect(get('In', 'Out')).toEqual([{ 8: 'cell 8', 9: 'cell 9' }, { 9: 9 }]);
});

test('NS-17 the last exit code and the last exception stay until the next', () => {
  const { history, get } = start();
  const thrown = new Error('x');

  history.recordException(thrown);
  history.recordExitCode(3);
  history.recordExpressionResult(1, 1);

  expect(get('_exit_code', '_exception')).toEqual([3, thrown]);
});
