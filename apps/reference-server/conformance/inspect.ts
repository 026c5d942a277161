/**
 * `npm run inspect:mcp`: the official inspector's command line lists the tools and calls each of them, over HTTP and
 * over standard input. It fails when a listing differs or a call is no answer of the tool.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { installPeers, peer } from './peers.ts';
import { startConformanceServer } from './server.ts';

const run = promisify(execFile);
const main = join(import.meta.dirname, '../src/main.ts');
const folder = mkdtempSync(join(tmpdir(), 'holdfast-inspect-'));
/** What each tool is called with; those about something that there is not answer with an error of their own. */
const calls: Readonly<Record<string, readonly string[]>> = {
  ask_person: ['promiseId=none'],
  cancel_execution: ['sessionId=none'],
  cancel_task: ['taskId=none'],
  checkpoint_session: ['sessionId=none'],
  create_session: [],
  execute_code: ['code=6 * 7'],
  get_task_events: ['taskId=none'],
  get_task_status: ['taskId=none'],
  intervene: ['taskId=none', 'kind=message', 'message=hello'],
  list_questions: [],
  list_sessions: [],
  list_tasks: [],
  restore_session: ['sessionId=none'],
  start_coding_task: ['prompt=Write a kettle'],
};

await installPeers();
const server = await startConformanceServer();
const stdio = [process.execPath, '--conditions=@holdfast/source', '--disable-warning=ExperimentalWarning', main, 'mcp', '--data', folder];
let failures = 0;
try {
  for (const [name, target] of [
    ['http', [server.url, '--transport', 'http']],
    ['stdio', stdio],
  ] as const) {
    const { tools } = (await inspect(target, ['--method', 'tools/list'])) as { tools: readonly { name: string }[] };
    const missing = Object.keys(calls).filter((tool) => !tools.some((each) => each.name === tool));
    if (missing.length > 0) fail(`${name}: does not list ${missing.join(', ')}`);
    for (const [tool, input] of Object.entries(calls)) {
      const { content } = (await inspect(target, ['--method', 'tools/call', '--tool-name', tool, ...input.flatMap((each) => ['--tool-arg', each])])) as { content?: readonly object[] };
      if (!content || content.length === 0) fail(`${name}: ${tool} answers nothing`);
    }
    process.stdout.write(`${name}: ${Object.keys(calls).length} tools listed and called\n`);
  }
} finally {
  await server.close();
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
process.exitCode = failures === 0 ? 0 : 1;

function fail(what: string): void {
  failures += 1;
  process.stdout.write(`FAIL ${what}\n`);
}

async function inspect(target: readonly string[], args: readonly string[]): Promise<unknown> {
  const command = [peer('@modelcontextprotocol/inspector/clients/launcher/build/index.js'), '--cli', ...target, ...args];
  const { stdout } = await run(process.execPath, command, { timeout: 30_000 }).catch((error: { stdout?: string; message: string }) => {
    if (error.stdout !== undefined && error.stdout.trim().startsWith('{')) return { stdout: error.stdout };
    throw new Error(error.message);
  });
  return JSON.parse(stdout);
}
