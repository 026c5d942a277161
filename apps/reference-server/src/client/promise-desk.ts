import { existsSync } from 'node:fs';
import { jsonValue, type JsonValue } from '@holdfast/protocol';
import { openPromises } from '@holdfast/promises/durable';
import { z } from 'zod';
import type { DataFolder } from '../data-folder.ts';
import type { HttpClient } from './http-client.ts';
import { findServer } from './running-server.ts';

const pendingPromise = z.looseObject({ id: z.string(), kind: z.string(), data: jsonValue, createdAt: z.string(), deadline: z.string().nullish() });
const promiseList = z.object({ promises: z.array(pendingPromise) });
const settledPromise = z.looseObject({ promiseId: z.string(), state: z.string() });

export type OpenPromise = z.output<typeof pendingPromise>;

/** Where promises are answered: the server of a data folder, or the folder itself while no server runs on it. */
export interface PromiseDesk extends AsyncDisposable {
  /** Those that nobody has answered, oldest first. */
  pending(): Promise<readonly OpenPromise[]>;
  /** False when somebody else was faster. */
  resolve(id: string, value: JsonValue): Promise<boolean>;
  reject(id: string, message: string): Promise<boolean>;
}

/** @throws HOLDFAST_PROMISES_STORE_LOCKED when something else than a server has the folder open */
export async function openPromiseDesk(folder: DataFolder): Promise<PromiseDesk> {
  const server = await findServer(folder);
  return server ? deskOfServer(server) : deskOfFolder(folder);
}

function deskOfServer(server: HttpClient): PromiseDesk {
  const settle = async (id: string, how: string, body: JsonValue): Promise<boolean> => {
    await server.request('POST', `/promises/${encodeURIComponent(id)}/${how}`, settledPromise, body);
    return true;
  };
  return {
    pending: async () => (await server.request('GET', '/promises', promiseList)).promises,
    resolve: async (id, value) => settle(id, 'resolve', { value }),
    reject: async (id, message) => settle(id, 'reject', { error: { message } }),
    [Symbol.asyncDispose]: async () => undefined,
  };
}

/** A folder that has no promises is left as it is. */
async function deskOfFolder({ promises: path }: DataFolder): Promise<PromiseDesk> {
  if (!existsSync(path)) return { pending: async () => [], resolve: async () => false, reject: async () => false, [Symbol.asyncDispose]: async () => undefined };
  const promises = await openPromises({ mode: 'local', path });
  return {
    pending: async () => promiseList.parse({ promises: await promises.external.pending() }).promises,
    resolve: async (id, value) => promises.external.resolve(id, value),
    reject: async (id, message) => promises.external.reject(id, { message }),
    [Symbol.asyncDispose]: async () => promises.close(),
  };
}
