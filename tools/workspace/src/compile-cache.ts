// Preloaded by scripts that start many processes from source: what Node made of the sources is kept for the next start.
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';
import process from 'node:process';

process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, '../../../node_modules/.cache/node-compile');
enableCompileCache(process.env['NODE_COMPILE_CACHE']);
