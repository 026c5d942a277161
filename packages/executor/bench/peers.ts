/** The kernels of others, measured by `peers/kernel.py` in the same run. One that is not there is said to be missing. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Spread } from './measure.ts';

export interface KernelFigures {
  readonly startMs: number;
  readonly roundTripMs: Spread;
  readonly printing: { readonly endedMs: number; readonly lastLineMs: number; readonly linesBeforeEnd: number; readonly linesAfterEnd: number };
}

const run = promisify(execFile);
const folder = fileURLToPath(new URL('peers', import.meta.url));
const deno = `${folder}/node_modules/.bin/deno`;

/** @param onMissing told what is missing, and how to install it */
export async function measureKernels(onMissing: (text: string) => void): Promise<{ ipykernel?: KernelFigures; deno?: KernelFigures }> {
  const python = await findPython();
  if (python === undefined) {
    onMissing('ipykernel and the Deno kernel are missing: apt-get install python3-ipykernel python3-jupyter-client');
    return {};
  }
  const ipykernel = await measure(python, ['ipykernel'], onMissing);
  if (!existsSync(deno)) await run('npm', ['install', '--prefix', folder, '--no-audit', '--no-fund']).catch(() => undefined);
  if (!existsSync(deno)) onMissing(`the Deno kernel is missing: npm install --prefix bench/peers`);
  const ofDeno = existsSync(deno) ? await measure(python, ['deno', deno], onMissing) : undefined;
  return { ...(ipykernel && { ipykernel }), ...(ofDeno && { deno: ofDeno }) };
}

async function measure(python: string, parameters: readonly string[], onMissing: (text: string) => void): Promise<KernelFigures | undefined> {
  try {
    const { stdout } = await run(python, [`${folder}/kernel.py`, ...parameters], { timeout: 120_000 });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the driver is this package's own
    return JSON.parse(stdout) as KernelFigures;
  } catch (error) {
    onMissing(`${parameters[0]} could not be measured: ${String(error).split('\n').at(-2) ?? ''}`);
    return undefined;
  }
}

/** The first Python that can speak to kernels; Debian's own is often not the first in the path. */
async function findPython(): Promise<string | undefined> {
  for (const python of ['/usr/bin/python3', 'python3']) {
    try {
      // oxlint-disable-next-line no-await-in-loop -- the second is only asked when the first is not good
      await run(python, ['-c', 'import jupyter_client, ipykernel, zmq']);
      return python;
    } catch {
      // not this one
    }
  }
  return undefined;
}
