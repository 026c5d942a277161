/** Tools of the tasks scenarios, over tasks in memory that stand behind the same handles as those of production. */
import { inputRequired } from '@modelcontextprotocol/server';
import type { McpTool, OngoingKind, OngoingState, ToolAnswer } from '@holdfast/server/mcp';
import { randomUUID } from 'node:crypto';
import { filledIn, fixtureTool, form, requestState, text } from './fixture-tools.ts';

type Mutable<Type> = { -readonly [Name in keyof Type]: Type[Name] };

class Job {
  readonly id = randomUUID();
  readonly state: Mutable<OngoingState>;
  readonly answers: Record<string, unknown> = {};
  onAnswered: () => void = () => undefined;

  constructor() {
    const now = new Date().toISOString();
    this.state = { status: 'working', createdAt: now, lastUpdatedAt: now };
  }

  get isOver(): boolean {
    return ['completed', 'failed', 'cancelled'].includes(this.state.status);
  }

  become(change: Partial<OngoingState>): void {
    if (!this.isOver) Object.assign(this.state, change, { lastUpdatedAt: new Date().toISOString() });
  }

  complete(words: string, isError = false): void {
    this.become({ status: 'completed', result: { content: [{ type: 'text', text: words }], ...(isError && { isError }) } });
  }

  after(seconds: number, then: () => void): this {
    setTimeout(then, seconds * 1000).unref();
    return this;
  }

  /** Asks, and goes on when everything is answered. */
  ask(inputRequests: NonNullable<OngoingState['inputRequests']>, then: () => void): this {
    this.become({ status: 'input_required', inputRequests });
    this.onAnswered = then;
    return this;
  }
}

const jobs = new Map<string, Job>();

export const fixtureJobs: OngoingKind = {
  find: async (id) => jobs.get(id)?.state,
  answer: async (id, responses) => {
    const job = jobs.get(id);
    const open = { ...job?.state.inputRequests };
    if (!job || job.state.status !== 'input_required') return;
    for (const [key, response] of Object.entries(responses)) {
      if (!(key in open)) continue;
      job.answers[key] = response;
      delete open[key];
    }
    job.become({ inputRequests: open });
    if (Object.keys(open).length > 0) return;
    job.become({ status: 'working' });
    job.onAnswered();
  },
  cancel: async (id) => jobs.get(id)?.become({ status: 'cancelled' }),
};

function begin(job: Job): ToolAnswer {
  jobs.set(job.id, job);
  return { kind: 'task', task: 'fixture', id: job.id };
}

function confirm(what: string): Job {
  const job = new Job();
  const key = randomUUID();
  return job.ask({ [key]: form(`Delete ${what}?`, 'confirm', 'boolean') }, () => job.complete(`Deleted ${what}`));
}

export const taskFixtures: readonly McpTool[] = [
  fixtureTool('greet', ({ name }) => text(`Hello, ${String(name)}!`), { name: { type: 'string' } }),
  fixtureTool(
    'slow_compute',
    ({ seconds, label }, { takesTasks }) => {
      if (!takesTasks) return text(`Computed ${String(label)}`);
      const job = new Job();
      return begin(job.after(Number(seconds), () => job.complete(`Computed ${String(label)}`)));
    },
    { seconds: { type: 'number' }, label: { type: 'string' } },
  ),
  {
    ...fixtureTool('failing_job', () => {
      const job = new Job();
      return begin(job.after(1, () => job.complete('It failed, as it should', true)));
    }),
    needsTasks: true,
  },
  fixtureTool('protocol_error_job', () => {
    const job = new Job();
    return begin(job.after(0.2, () => job.become({ status: 'failed', error: { code: -32_603, message: 'It broke, as it should' } })));
  }),
  fixtureTool('confirm_delete', ({ filename }) => begin(confirm(String(filename))), { filename: { type: 'string' } }),
  fixtureTool('multi_input', () => {
    const job = new Job();
    return begin(job.ask({ [randomUUID()]: form('First?', 'answer'), [randomUUID()]: form('Second?', 'answer') }, () => job.complete('Both are answered')));
  }),
  {
    ...fixtureTool('test_tool_with_task', async (_input, call) => {
      const name = filledIn(call, 'user_name', 'name');
      if (typeof name !== 'string') return inputRequired({ inputRequests: { user_name: form('What is your name?', 'name') }, requestState: await requestState.mint({ tool: 'test_tool_with_task', nonce: randomUUID() }) });
      const job = new Job();
      return begin(job.after(0.1, () => job.complete(`Done for ${name}`)));
    }),
    needsTasks: true,
  },
];
