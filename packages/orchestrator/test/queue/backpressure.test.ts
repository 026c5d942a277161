import { BackpressureMonitor, TaskQueue, type BackpressureAlert, type BackpressureOptions } from '@holdfast/orchestrator';
import { expect, test } from 'vitest';

function watch(options: Partial<BackpressureOptions> = {}) {
  const alerts: BackpressureAlert[] = [];
  const state = { fill: 0, now: 0 };
  const monitor = new BackpressureMonitor({ fill: () => state.fill, now: () => state.now, onAlert: (alert) => alerts.push(alert), ...options });
  const at = (fill: number, afterMs = 0): void => {
    state.fill = fill;
    state.now += afterMs;
    monitor.check();
  };
  return { monitor, at, told: () => alerts.map(({ level, fill }) => [level, fill]) };
}

test('ORC-28 ORC-30 a queue of 79 of 100 is no alert, one of 80 is', () => {
  const { monitor, at, told } = watch();

  at(0.79);
  expect(monitor.status).toEqual({ level: 'normal', fill: 0.79 });
  expect(told()).toEqual([]);
  at(0.8);

  expect(told()).toEqual([['warning', 0.8]]);
  expect(monitor.status.level).toBe('warning');
});

test('ORC-29 a full queue is critical at once', () => {
  const { at, told } = watch();

  at(0.9);
  at(1);

  expect(told()).toEqual([
    ['warning', 0.9],
    ['critical', 1],
  ]);
});

test('ORC-31 a fill that swings around a threshold is told once', () => {
  const { at, told } = watch();

  for (let round = 0; round < 1000; round += 1) {
    at(0.79, 10);
    at(0.81, 10);
  }
  at(1);
  for (let round = 0; round < 1000; round += 1) {
    at(0.75, 10);
    at(1, 10);
  }

  expect(told()).toEqual([
    ['warning', 0.81],
    ['critical', 1],
  ]);
});

test('ORC-31 a level is told at most once in a second, and later if it still holds', () => {
  const { monitor, at, told } = watch();
  for (let round = 0; round < 50; round += 1) {
    at(0.9, 10);
    at(0.1, 10);
  }
  expect(told()).toEqual([
    ['warning', 0.9],
    ['normal', 0.1],
  ]);

  at(0.9, 0);
  expect(monitor.status.level).toBe('warning');
  at(0.9, 1000);

  expect(told().at(-1)).toEqual(['warning', 0.9]);
  expect(told()).toHaveLength(3);
});

test('ORC-32 a queue that drains at once is clear at once', () => {
  const { at, told } = watch();

  at(1);
  at(0);

  expect(told()).toEqual([
    ['critical', 1],
    ['normal', 0],
  ]);
});

test('ORC-33 a queue that cannot be asked is unknown, and nothing breaks', () => {
  const faults: unknown[] = [];
  let isBroken = true;
  const monitor = new BackpressureMonitor({
    fill: () => {
      if (isBroken) throw new Error('gone');
      return 0.85;
    },
    onAlert: () => {
      throw new Error('the listener broke');
    },
    onFault: (error) => faults.push(error),
  });

  expect(monitor.check()).toEqual({ level: 'unknown', fill: 0 });
  isBroken = false;
  expect(monitor.check()).toEqual({ level: 'warning', fill: 0.85 });
  expect(faults).toMatchObject([{ message: 'gone' }, { message: 'the listener broke' }]);
  expect(new BackpressureMonitor({ fill: () => Number.NaN }).check().level).toBe('unknown');
});

test('ORC-34 two queues are watched apart', async () => {
  const levels: Record<string, string[]> = { full: [], idle: [] };
  const open = (name: string, capacity: number): TaskQueue => {
    const queue: TaskQueue = new TaskQueue({ capacity, onChange: () => monitor.check() });
    const monitor = new BackpressureMonitor({ fill: () => queue.fill, onAlert: ({ level }) => levels[name]?.push(level) });
    queue.pause();
    return queue;
  };
  await using full = open('full', 5);
  await using idle = open('idle', 500);
  for (let index = 0; index < 5; index += 1) {
    await full.submit({ id: String(index), run: () => 1 });
    await idle.submit({ id: String(index), run: () => 1 });
  }

  expect(levels).toEqual({ full: ['warning', 'critical'], idle: [] });
});

test('thresholds in no order are refused', () => {
  expect(() => new BackpressureMonitor({ fill: () => 0, clearBelow: 0.9, warnAt: 0.8 })).toThrow(RangeError);
});
