import type { ServerProcess } from './server-process.ts';

/** So many requests are under way at the same moment. */
const width = 200;

/** Many who want the same: one key creates one session and one task, and one version of a task takes one intervention. */
export async function atOnce(server: ServerProcess, duplicates: number): Promise<string[]> {
  const interventions = Math.ceil(duplicates / 10);
  const failures: string[] = [];
  const key = { 'idempotency-key': 'the-same-for-all' };
  const sessions = await many(duplicates, async () => server.request('POST', '/sessions', { language: 'javascript' }, key));
  const created = new Set(sessions.map(({ status, body }) => `${status} ${String(body['sessionId'])}`));
  process.stdout.write(`${duplicates} times one key: ${created.size} session\n`);
  if (created.size !== 1) failures.push(`one key created ${[...created].slice(0, 3).join(', ')}`);

  const tasks = await many(duplicates, async () => server.request('POST', '/tasks', { prompt: 'demo' }, key));
  const started = new Set(tasks.map((answer) => `${answer.status} ${String(answer.body['taskId'])}`));
  process.stdout.write(`${duplicates} times one key: ${started.size} task\n`);
  if (started.size !== 1) failures.push(`one key started ${[...started].slice(0, 3).join(', ')}`);

  const taskId = String(tasks[0]?.body['taskId']);
  const version = await restingVersion(server, taskId);
  const answers = await many(interventions, async (index) => server.request('POST', `/tasks/${taskId}/interventions`, { kind: 'message', message: String(index), expectedVersion: version }));
  const heard = answers.filter((answer) => answer.status === 200).length;
  const stale = answers.filter((answer) => answer.status === 412).length;
  process.stdout.write(`${interventions} interventions in one version: ${heard} heard, ${stale} stale\n`);
  if (heard !== 1 || stale !== interventions - 1) failures.push(`of ${interventions} interventions ${heard} were heard and ${stale} stale`);
  return failures;
}

/** The version at which a task waits for a person. */
async function restingVersion(server: ServerProcess, taskId: string): Promise<number> {
  for (;;) {
    const { body } = await server.request('GET', `/tasks/${taskId}?waitMs=5000`);
    if (body['status'] === 'waiting' || body['status'] === 'completed' || body['status'] === 'failed') return Number(body['version']);
  }
}

async function many<Answer>(count: number, ask: (index: number) => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < count; index = next++) answers[index] = await ask(index);
  };
  await Promise.all(Array.from({ length: width }, lane));
  return answers;
}
