// What is broken off by closing leaves no trace: the body hears nothing of it, and the next process goes on where it was.
import { openPromises, type Promises } from '@holdfast/promises/durable';
import { expect, test } from 'vitest';
import { freshPath } from './folder.ts';

const open = async (path: string): Promise<Promises> => openPromises({ mode: 'local', path, durability: 'process' });

test.each([
  ['heeds its signal', true],
  ['does not heed its signal', false],
])('PR-17 a function that catches errors is not led astray when it is closed in a step that %s', async (_what, heeds) => {
  const path = await freshPath();
  const done: string[] = [];
  const charging = Promise.withResolvers<void>();
  const define = (promises: Promises) =>
    promises.define('pay', async (context) => {
      try {
        await context.step('charge', async ({ signal }) => {
          done.push('charge');
          charging.resolve();
          if (done.length > 1) return;
          await new Promise<void>((resolve, reject) => {
            if (heeds) signal.addEventListener('abort', () => reject(new Error('stopped')));
            else signal.addEventListener('abort', () => setTimeout(resolve, 20));
          });
        });
      } catch {
        done.push('caught');
        await context.step('refund', () => done.push('refund'));
        return 'refunded';
      }
      await context.step('ship', () => done.push('ship'));
      return 'shipped';
    });
  const first = await open(path);
  await first.start(define(first), 'pay-1', undefined);
  await charging.promise;
  await first.close();

  await using second = await open(path);
  define(second);

  expect(await second.result('pay-1')).toBe('shipped');
  expect(done).toEqual(['charge', 'charge', 'ship']);
});

test('PR-17 a function that tries again and again is broken off all the same', async () => {
  const path = await freshPath();
  let tries = 0;
  const trying = Promise.withResolvers<void>();
  const define = (promises: Promises) =>
    promises.define('stubborn', async (context) => {
      for (;;) {
        try {
          return await context.branch('try', async (branch) => {
            await branch.step('knock', async ({ signal }) => {
              tries += 1;
              trying.resolve();
              if (tries === 1) await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
            });
            return 'open';
          });
        } catch {
          // Tries again.
        }
      }
    });
  const first = await open(path);
  await first.start(define(first), 'door', undefined);
  await trying.promise;
  await first.close();

  await using second = await open(path);
  define(second);

  expect(await second.result('door')).toBe('open');
  expect(tries).toBe(2);
});
