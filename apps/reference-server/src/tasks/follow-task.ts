import { createInterface } from 'node:readline/promises';
import { isHoldfastError } from '@holdfast/protocol';
import { toWorkflowEvent, type Event, type TaskView } from '@holdfast/orchestrator';
import { endedBy } from '../exit-codes.ts';
import { LiveTimeline } from './live-timeline.ts';
import { renderEnding, renderEvent, renderHeading } from './timeline.ts';
import type { TaskHost } from './task-host.ts';

export interface FollowFlags {
  readonly json: boolean;
  /** With `json`: prints each event on a line of its own before the task. @default false */
  readonly stream?: boolean;
  /** Only what comes after this version. @default 0 */
  readonly afterVersion?: number;
  /** Approves whatever the task asks. */
  readonly yes: boolean;
}

export const exitCodes = { completed: 0, failed: 1, cancelled: 1, waiting: 3 } as const;

/**
 * Prints what happens in a task until it ends. What it asks is put to whoever sits at the terminal; where nobody does and
 * the task runs in this process, it is left waiting and goes on with the answer. Where nothing runs it, only what happened
 * is printed. Ctrl-C leaves without cancelling.
 */
export async function followTask(host: TaskHost, taskId: string, { json, stream = false, yes, afterVersion = 0 }: FollowFlags): Promise<number> {
  const { tasks, isLocal, runsTasks } = host;
  const print = (text: string): void => void (json || process.stdout.write(text));
  const leaving = new AbortController();
  let leftWith: number | undefined;
  const leave = (signal: keyof typeof endedBy): void => {
    leftWith = endedBy[signal];
    leaving.abort();
  };
  const onNoReader = (): void => leave('SIGPIPE');
  process.on('SIGINT', leave).on('SIGTERM', leave);
  process.stdout.once('error', onNoReader);
  try {
    const first = await tasks.get(taskId);
    print(renderHeading(first));
    const render = rendererOf(first);
    const asked = new Set<string>();
    for await (const event of tasks.watch(taskId, { afterVersion, signal: leaving.signal })) {
      print(render(event));
      if (json && stream) process.stdout.write(`${JSON.stringify(toWorkflowEvent(event))}\n`);
      note(event, asked);
      if (event.streamVersion < first.version) continue; // what comes next may hold the answer
      const isAnswered = await answerHere(asked);
      if (!runsTasks || (isLocal && !isAnswered)) break; // nothing comes any more
    }
  } catch (error) {
    if (!leaving.signal.aborted) throw error;
  } finally {
    process.off('SIGINT', leave).off('SIGTERM', leave);
    process.stdout.off('error', onNoReader);
  }
  if (leftWith === endedBy.SIGPIPE) return leftWith;
  const last = await tasks.get(taskId);
  process.stdout.write(json ? `${JSON.stringify(last)}\n` : renderEnding(last, host));
  return leftWith ?? exitCodeOf(last);

  /** Answers what the task asks; false where nobody is here to do so. */
  async function answerHere(asked: Set<string>): Promise<boolean> {
    for (const promiseId of asked) {
      asked.delete(promiseId);
      const value = yes ? true : await askHere(json, leaving.signal);
      if (value === undefined) return false;
      await tasks.answer(taskId, { promiseId, value }).catch(unlessAnswered);
    }
    return true;
  }
}

/** Keeps which questions have no answer yet. An answer is in the log before the task has it. */
function note({ type, data: { promiseId } }: Event, asked: Set<string>): void {
  if (typeof promiseId !== 'string') return;
  if (type === 'QUESTION_ASKED') asked.add(promiseId);
  if (type === 'USER_INTERVENTION' || type === 'QUESTION_ANSWERED') asked.delete(promiseId);
}

/** In words at a terminal, otherwise one line for each event. */
function rendererOf(task: TaskView): (event: Event) => string {
  const begun = Date.parse(task.createdAt);
  if (!process.stdout.isTTY) return (event) => renderEvent(event, begun);
  const timeline = new LiveTimeline(task);
  return (event) => timeline.render(event);
}

/** Somebody else was first. */
function unlessAnswered(error: unknown): void {
  if (!isHoldfastError(error, 'HOLDFAST_ORCHESTRATOR_PROMISE_NOT_PENDING')) throw error;
}

/** A yes or a no from the terminal, to the question that stands above; undefined where nobody sits there. */
async function askHere(json: boolean, signal: AbortSignal): Promise<boolean | undefined> {
  if (json || !process.stdin.isTTY) return undefined;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^\s*y/iu.test(await terminal.question('Yes or no? [y/n] ', { signal }));
  } finally {
    terminal.close();
  }
}

function exitCodeOf({ status }: TaskView): number {
  return status === 'created' || status === 'queued' || status === 'running' ? exitCodes.waiting : exitCodes[status];
}
