/** Runs the TypeScript compiler apart from the main thread. Started by `createTypeLinker`; loading it elsewhere does nothing. */
import { parentPort } from 'node:worker_threads';
import type ts from 'typescript';
import type { SourceFacts } from './definition.ts';
import { linkByType } from './link-by-type.ts';

let previous: ts.Program | undefined;

parentPort?.on('message', async ({ id, root, sources }: { readonly id: number; readonly root: string; readonly sources: readonly SourceFacts[] }) => {
  try {
    const { default: compiler } = await import('typescript');
    if (typeof compiler.createProgram !== 'function') throw new Error(`TypeScript ${compiler.version} has no compiler interface; version 6 has`);
    const { links, program } = linkByType(compiler, root, sources, previous);
    previous = program;
    parentPort?.postMessage({ id, links });
  } catch (error) {
    parentPort?.postMessage({ id, problem: error instanceof Error ? error.message : String(error) });
  }
});
