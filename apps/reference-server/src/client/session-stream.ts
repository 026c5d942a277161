import { z } from 'zod';
import { cliError } from '../errors.ts';
import type { HttpClient } from './http-client.ts';

const sessionMessage = z.object({ type: z.string(), version: z.int(), data: z.record(z.string(), z.unknown()) });

/** One thing that happened in a session. */
export type SessionMessage = z.output<typeof sessionMessage>;

/**
 * Follows a session over WebSocket from its beginning.
 *
 * @throws HOLDFAST_CLI_SERVER_UNREACHABLE when the server ends the stream
 */
export async function* followSession(client: HttpClient, sessionId: string, signal: AbortSignal): AsyncGenerator<SessionMessage> {
  const url = new URL(`/ws/sessions/${encodeURIComponent(sessionId)}`, client.url.replace(/^http/u, 'ws'));
  const token = client.token === undefined ? [] : [`holdfast.token.${Buffer.from(client.token).toString('base64url')}`];
  const socket = new WebSocket(url, ['holdfast.v1', ...token]);
  const waiting: SessionMessage[] = [];
  let closed: Error | undefined;
  let wake = Promise.withResolvers<void>();
  socket.addEventListener('message', ({ data }) => {
    waiting.push(sessionMessage.parse(JSON.parse(String(data))));
    wake.resolve();
  });
  socket.addEventListener('close', ({ code, reason }) => {
    closed = cliError('HOLDFAST_CLI_SERVER_UNREACHABLE', `Cannot follow session "${sessionId}": the server closed the stream (${code}${reason === '' ? '' : `, ${reason}`})`);
    wake.resolve();
  });
  signal.addEventListener('abort', () => wake.resolve(), { once: true });
  try {
    while (!signal.aborted) {
      const next = waiting.shift();
      if (next) {
        yield next;
      } else if (closed) {
        throw closed;
      } else {
        await wake.promise;
        wake = Promise.withResolvers<void>();
      }
    }
  } finally {
    socket.close();
  }
}
