import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { IsolationLevel } from '@holdfast/executor';
import { onTestFinished, vi } from 'vitest';
import { openMemoryStores, startHoldfast, type Holdfast } from '../src/compose.ts';

// Workers and command lines are processes, and the machine may be busy.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

export const token = 'a-token-of-the-tests';

/** A folder of this test's own, gone after it. */
export function temporaryFolder(): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-test-')));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** A whole Holdfast on memory stores, in this process. Close it. */
export async function startInMemory(options: { host?: string; drainMs?: number; maxBodyBytes?: number; maxSessions?: number; stalledMs?: number; isolation?: IsolationLevel } = {}): Promise<Holdfast> {
  const { maxSessions = 16, isolation = 'process', ...server } = options;
  return startHoldfast({ ...(await openMemoryStores()), directory: tmpdir(), tasksDirectory: tmpdir(), maxSessions, maxMemoryMegabytes: 1024, warmWorkers: 0, isolation, server: { port: 0, token, ...server } });
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look at whatever came
  readonly body: any;
}

/** Speaks REST with a server as any client would. */
export class Api {
  readonly url: string;
  readonly #token: string | undefined;

  constructor(url: string, presented: string | undefined = token) {
    this.url = url;
    this.#token = presented;
  }

  async request(method: string, path: string, body?: unknown): Promise<Answer> {
    return this.send(method, path, body === undefined ? {} : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  }

  /** Sends a body as it is. */
  async send(method: string, path: string, { body, headers = {} }: { body?: string; headers?: Record<string, string> }): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      headers: { ...(this.#token !== undefined && { authorization: `Bearer ${this.#token}` }), ...headers },
      ...(body !== undefined && { body }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  }

  async createSession(sessionId?: string): Promise<string> {
    return (await this.request('POST', '/sessions', sessionId === undefined ? {} : { sessionId })).body.sessionId;
  }

  async execute(sessionId: string, code: string, options: object = {}): Promise<Answer> {
    return this.request('POST', `/sessions/${encodeURIComponent(sessionId)}/execute`, { code, ...options });
  }
}
