/** Runs the TypeScript compiler apart from the main thread. Started by `createTypeLinker`; loading it elsewhere does nothing. */
import { parentPort } from 'node:worker_threads';
import type ts from 'typescript';
import type { SourceFacts } from './definition.ts';
import { linkByType } from './link-by-type.ts';
import type { ProjectNames } from './project-names.ts';

let previous: ts.Program | undefined;

interface LinkRequest {
  readonly id: number;
  readonly root: string;
  readonly sources: readonly SourceFacts[];
  readonly names: ProjectNames;
}

// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread has no origin
parentPort?.on('message', (request: LinkRequest) => void answer(request).then((result) => parentPort?.postMessage(result)));

async function answer({ id, root, sources, names }: LinkRequest): Promise<unknown> {
  try {
    const { default: compiler } = await import('typescript');
    if (typeof compiler.createProgram !== 'function') throw new Error(`TypeScript ${compiler.version} has no compiler interface; version 6 has`);
    const { links, program } = linkByType(compiler, { root, sources, names, ...(previous && { previous }) });
    previous = program;
    return { id, links };
  } catch (error) {
    return { id, problem: error instanceof Error ? error.message : String(error) };
  }
}
