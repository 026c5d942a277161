/** A timeline for whoever sits at a terminal: in words, module by module, with what takes long and what went wrong. */
import { stripVTControlCharacters, styleText } from 'node:util';
import type { Event, TaskView } from '@holdfast/orchestrator';

type Data = Event['data'];

export class LiveTimeline {
  /** The names of the modules, in their order. */
  #planned: readonly string[];
  #since: number;

  constructor({ createdAt, modules }: Pick<TaskView, 'createdAt' | 'modules'>) {
    this.#since = Date.parse(createdAt);
    this.#planned = modules.map(({ name }) => name);
  }

  /** What to print for an event; empty for what only machines want to know. */
  render({ type, data, timestamp, codeVersion }: Event): string {
    const took = (): string => styleText('dim', `  ${seconds(this.#takenUntil(timestamp))}`);
    switch (type) {
      case 'TASK_QUEUED':
        return styleText('dim', '· waits for its turn\n');
      case 'TASK_RESUMED':
        return styleText('yellow', '· goes on after a restart\n');
      case 'TASK_STARTED':
        this.#takenUntil(timestamp);
        return '';
      case 'PLANNING_COMPLETE':
        return `${styleText('bold', '● Plan')} ${line(data['summary'])}${took()}\n${this.#plan(data)}`;
      case 'MODULE_STARTED':
        return `${styleText('bold', `● ${line(data['module'])}`)}${styleText('dim', this.#placeOf(data))}\n`;
      case 'CODE_GENERATED':
        return `  wrote version ${codeVersion}${took()}\n`;
      case 'CORRECTION_COMPLETED':
        return `  corrected it: version ${codeVersion}${took()}\n`;
      case 'TEST_STARTED':
        this.#takenUntil(timestamp);
        return '';
      case 'TEST_PASSED':
        return `  ${styleText('green', `✓ ${line(data['message'])}`)}${took()}\n`;
      case 'TEST_FAILED':
        return `  ${styleText('red', `✗ ${line(data['message'])}`)}${took()}\n${failures(data)}`;
      case 'BUG_REPORT_RECEIVED':
        return data['source'] === 'user' ? `  ${styleText('yellow', `! a person reports: ${line(data['message'])}`)}\n` : '';
      case 'MODEL_CALLED':
        return modelCall(data);
      case 'USER_INTERVENTION':
        return `  ${styleText('cyan', `> ${said(data)}`)}\n`;
      case 'QUESTION_ASKED':
        return `${styleText('cyan', '?')} ${line(data['question'])}\n`;
      default:
        return '';
    }
  }

  /** How long it is since the last line that took time. */
  #takenUntil(timestamp: string): number {
    const now = Date.parse(timestamp);
    const taken = now - this.#since;
    this.#since = now;
    return taken;
  }

  #plan(data: Data): string {
    const modules = Array.isArray(data['modules']) ? data['modules'] : [];
    this.#planned = modules.map((module) => line(Reflect.get(Object(module), 'name')));
    return modules.map((module) => `  ${line(Reflect.get(Object(module), 'name'))}${styleText('dim', `  ${line(Reflect.get(Object(module), 'purpose'))}`)}\n`).join('');
  }

  #placeOf({ module }: Data): string {
    const index = this.#planned.indexOf(line(module));
    return index === -1 ? '' : `  ${index + 1} of ${this.#planned.length}`;
  }
}

function failures({ failures: all }: Data): string {
  const shown = Array.isArray(all) ? all.slice(0, 3) : [];
  return shown.map((failure) => styleText('dim', `    ${line(Reflect.get(Object(failure), 'test'))}: ${line(Reflect.get(Object(failure), 'message'))}\n`)).join('');
}

function modelCall({ model, inputTokens, outputTokens, durationMs, error }: Data): string {
  if (typeof error === 'string') return `  ${styleText('yellow', `! ${line(model)}: ${line(error)}`)}\n`;
  return styleText('dim', `  ${line(model)} read ${line(inputTokens)} and wrote ${line(outputTokens)} tokens, ${seconds(Number(durationMs))}\n`);
}

/** What a person said, or decided. */
function said({ kind, message, value }: Data): string {
  if (typeof message === 'string' && message !== '') return line(message);
  return kind === 'answer' ? line(typeof value === 'boolean' ? (value ? 'yes' : 'no') : JSON.stringify(value)) : line(kind);
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1000).toFixed(1)}s`;
}

/** One line that fits, and moves no cursor. */
function line(value: unknown): string {
  const text = typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';
  return stripVTControlCharacters(text).replaceAll(/\s+/gu, ' ').slice(0, 140);
}
