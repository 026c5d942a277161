import { existsSync, mkdtempSync, rmdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { createSession, probeAllIsolation } from '@holdfast/executor';
import { findServer } from '../client/running-server.ts';
import { readConfiguration } from '../config.ts';
import { DataFolder } from '../data-folder.ts';

export interface DoctorFlags {
  readonly json: boolean;
  readonly data?: string;
  readonly host?: string;
  readonly port?: string;
}

interface Check {
  readonly name: string;
  readonly ok: boolean;
  /** Whether Holdfast runs without it. */
  readonly isOptional?: true;
  /** What was found. */
  readonly detail: string;
  /** The next step, where something is wrong. */
  readonly mend?: string;
}

const leastNode = '22.18.0';
const leastSqlite = '3.51.3';

/** `holdfast doctor`: whether Holdfast can run here, and how to mend what is wrong. Exit code 1 when something is. */
export async function doctor({ json, ...flags }: DoctorFlags): Promise<number> {
  const { data, host, port } = readConfiguration({ ...flags }, process.env);
  const folder = new DataFolder(data);
  const checks = [checkNode(), checkSqlite(), checkFolder(folder), await checkPort(folder, host, port), await checkWorker(), ...(await checkIsolation())];
  const ok = checks.every((check) => check.ok || check.isOptional);
  process.stdout.write(json ? `${JSON.stringify({ ok, checks })}\n` : checks.map(render).join(''));
  return ok ? 0 : 1;
}

function render({ name, ok, isOptional, detail, mend }: Check): string {
  return `${ok ? 'ok  ' : isOptional ? 'no  ' : 'FAIL'}  ${name.padEnd(11)}  ${detail}\n${mend === undefined ? '' : `                   mend: ${mend}\n`}`;
}

function checkNode(): Check {
  const { node } = process.versions;
  return verdict('Node.js', isAtLeast(node, leastNode), node, `Install Node.js ${leastNode} or newer`);
}

function checkSqlite(): Check {
  const { sqlite } = process.versions;
  const detail = sqlite ?? 'not part of this Node.js';
  return verdict('SQLite', sqlite !== undefined && isAtLeast(sqlite, leastSqlite), detail, `Install a Node.js whose SQLite is ${leastSqlite} or newer, such as the latest 24`);
}

/** Writes beside where the folder would be made, so that looking leaves nothing behind. */
function checkFolder({ path }: DataFolder): Check {
  let place = path;
  while (!existsSync(place)) place = dirname(place);
  try {
    rmdirSync(mkdtempSync(join(place, '.holdfast-doctor-')));
    return verdict('data folder', true, place === path ? path : `${path} (made by the first start)`);
  } catch (error) {
    const mend = 'Choose another folder with --data, or give this user the right to write there';
    return verdict('data folder', false, `${path}: ${messageOf(error)}`, mend);
  }
}

async function checkPort(folder: DataFolder, host: string, port: number): Promise<Check> {
  const running = await findServer(folder);
  if (running) return verdict('port', true, `this folder's server runs at ${running.url}`);
  const refusal = await tryToListen(host, port);
  if (refusal === undefined) return verdict('port', true, `${host}:${port} is free`);
  return verdict('port', false, `${host}:${port}: ${refusal}`, 'Stop what listens there, or choose another with --port; --port 0 takes a free one');
}

/** Why the address cannot be listened on; undefined where it can. */
async function tryToListen(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error) => resolve(messageOf(error)));
    server.listen({ host, port }, () => server.close(() => resolve(undefined)));
  });
}

async function checkWorker(): Promise<Check> {
  try {
    await using session = await createSession();
    const { value, error } = await session.execute('1 + 1', { timeoutMs: 10_000 });
    return verdict('worker', value === 2, value === 2 ? 'runs a cell' : `cannot compute 1 + 1: ${error?.message ?? 'no answer in time'}`, 'Report this with the output of holdfast doctor --json');
  } catch (error) {
    return verdict('worker', false, messageOf(error), 'Let this user start processes, and free some memory');
  }
}

/** Which levels of isolation work here, and which a server takes by itself. */
async function checkIsolation(): Promise<Check[]> {
  const reports = await probeAllIsolation();
  const strictest = reports.findLast(({ works }) => works)?.level;
  return reports.map(({ level, works, detail, mend }) => {
    const found = level === strictest ? 'isolation works; what holdfast serve takes' : 'isolation works';
    return Object.assign(verdict(level, works, works ? found : detail, mend), { isOptional: true as const });
  });
}

function verdict(name: string, ok: boolean, detail: string, mend?: string): Check {
  return { name, ok, detail, ...(!ok && mend !== undefined && { mend }) };
}

function isAtLeast(version: string, least: string): boolean {
  const wanted = numbersOf(least);
  const difference = numbersOf(version).map((part, index) => part - (wanted[index] ?? 0)).find((part) => part !== 0);
  return (difference ?? 0) >= 0;
}

function numbersOf(version: string): number[] {
  return version.split('.').map((part) => Number.parseInt(part, 10));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
