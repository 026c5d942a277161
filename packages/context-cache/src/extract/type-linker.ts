import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { contextCacheError } from '../errors.ts';
import type { SourceFacts } from './definition.ts';
import type { Link, Linker } from './link.ts';
import { noNames, type ProjectNames } from './project-names.ts';

/** A linker with a compiler behind it, which has to be let go. */
export interface TypeLinker {
  readonly link: Linker;
  /** Ends the worker; links that are being made fail. Idempotent. */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Links by types, with the TypeScript compiler in a worker thread. It needs the package `typescript` in version 6 beside
 * this one, and finds three to eight more of a hundred needed definitions than names alone.
 *
 * @throws HOLDFAST_CONTEXT_CACHE_CANNOT_LINK when linking, where there is no such package
 */
export function createTypeLinker({ root }: { readonly root: string }): TypeLinker {
  const pending = new Map<number, PromiseWithResolvers<readonly Link[]>>();
  let worker: Worker | undefined;
  let count = 0;
  const failAll = (problem: string): void => {
    for (const { reject } of pending.values()) reject(cannotLink(problem));
    pending.clear();
    worker = undefined;
  };
  const start = (): Worker => {
    const started = new Worker(fileURLToPath(import.meta.resolve('@holdfast/context-cache/type-worker')));
    started.on('message', ({ id, links, problem }: { readonly id: number; readonly links?: readonly Link[]; readonly problem?: string }) => {
      const waiting = pending.get(id);
      pending.delete(id);
      if (links) waiting?.resolve(links);
      else waiting?.reject(cannotLink(problem ?? 'it gave nothing'));
      if (pending.size === 0) started.unref();
    });
    started.on('error', (error) => failAll(error instanceof Error ? error.message : String(error)));
    return started;
  };
  const close = async (): Promise<void> => {
    const ending = worker;
    failAll('it was closed');
    await ending?.terminate();
  };
  const link = async (sources: readonly SourceFacts[], names: ProjectNames = noNames): Promise<readonly Link[]> => {
    worker ??= start();
    const waiting = Promise.withResolvers<readonly Link[]>();
    count += 1;
    pending.set(count, waiting);
    worker.ref();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
    worker.postMessage({ id: count, root, sources, names });
    return waiting.promise;
  };
  return { link, close, [Symbol.asyncDispose]: close };
}

function cannotLink(problem: string): Error {
  return contextCacheError('HOLDFAST_CONTEXT_CACHE_CANNOT_LINK', `Cannot link by types: ${problem}`);
}
