import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { freshFolder } from './fresh-path.ts';

/** Stands between a store and its server, and can keep the server's answers back. */
export interface CuttingProxy {
  readonly url: string;
  /** From now on what clients say arrives, and no answer does. */
  holdAnswers(): void;
  /** Breaks every connection; new ones work as before. */
  cut(): void;
  close(): Promise<void>;
}

export async function startCuttingProxy(url: string): Promise<CuttingProxy> {
  const folder = freshFolder();
  const target = join(new URL(url).searchParams.get('host') ?? '', '.s.PGSQL.5432');
  const sockets = new Set<Socket>();
  let isHolding = false;
  const proxy = createServer((client) => {
    const server = connect(target);
    for (const socket of [client, server]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        server.destroy();
      });
    }
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => {
      if (!isHolding) client.write(bytes);
    });
  });
  proxy.listen(join(folder, '.s.PGSQL.5432'));
  await once(proxy, 'listening');
  const cut = (): void => {
    isHolding = false;
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: url.replace(/host=[^&]*/u, `host=${encodeURIComponent(folder)}`),
    holdAnswers: () => {
      isHolding = true;
    },
    cut,
    close: async () => {
      cut();
      proxy.close();
      await once(proxy, 'close');
    },
  };
}
