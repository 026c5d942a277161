/**
 * A page for people who watch: what runs, what it says, and what waits for an answer. It is a client like any other and
 * may do nothing that REST and WebSocket do not allow. It loads nothing from elsewhere, and its policy forbids it to.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { bearerToken } from '../auth/guard.ts';
import { serverError } from '../errors.ts';
import { parsePart } from '../http/parse.ts';
import { OneTimeLinks } from './one-time-links.ts';

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
].join('; ');

const headers = {
  'content-security-policy': policy,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'cache-control': 'no-cache',
};

const signInBody = z.strictObject({ code: z.string().min(1).max(100) });

/** Serves the page at `/`, and signs in who comes by a link that is good for once. */
export function addPageRoutes(app: FastifyInstance, links: OneTimeLinks = new OneTimeLinks()): void {
  const files = readPage();
  for (const [name, { type, content }] of files) {
    const url = name === 'index.html' ? '/' : `/page/${name}`;
    app.get(url, { config: { operation: 'page', open: true } }, async (_request, reply) => reply.headers(headers).type(type).send(content));
  }
  app.post('/page/links', { config: { operation: 'createLink' } }, async ({ headers: given }, reply) => {
    const token = bearerToken(given);
    return reply.header('cache-control', 'no-store').send({ code: token === undefined ? null : links.create(token) });
  });
  app.post('/page/sign-in', { config: { operation: 'signIn', open: true } }, async ({ body }, reply) => {
    const { code } = parsePart('body', signInBody, body);
    const token = links.take(code);
    if (token === undefined) throw serverError('HOLDFAST_SERVER_LINK_EXPIRED', 'Cannot sign in: the link was used already, or is older than a minute');
    return reply.header('cache-control', 'no-store').send({ token });
  });
}

/** The files of the page, which stand beside the sources and beside what is built of them. */
function readPage(): ReadonlyMap<string, { readonly type: string; readonly content: Buffer }> {
  const folder = join(dirname(createRequire(import.meta.url).resolve('@holdfast/server/package.json')), 'page');
  return new Map(
    readdirSync(folder).flatMap((name) => {
      const type = types[extname(name)];
      return type === undefined ? [] : [[name, { type, content: readFileSync(join(folder, name)) }] as const];
    }),
  );
}
