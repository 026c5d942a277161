/**
 * A client as a process of its own: follows a session until an execution has ended, then says what it was told.
 *
 *     following-client.ts URL TOKEN SESSION EXECUTION
 */
import { HoldfastClient } from '@holdfast/client';

const [url = '', token = '', sessionId = '', executionId = ''] = process.argv.slice(2);
let connections = 0;
const client = new HoldfastClient({
  url,
  token,
  openSocket: (target, protocols) => {
    connections += 1;
    return new WebSocket(target, protocols);
  },
});
const versions: number[] = [];
for await (const update of client.followSession(sessionId)) {
  if (update.kind === 'live') process.send?.({ kind: 'live' });
  if (update.kind !== 'message') continue;
  versions.push(update.message.version);
  if (update.message.type === 'EXECUTION_ENDED' && update.message.data['executionId'] === executionId) break;
}
process.send?.({ kind: 'told', versions, connections });
process.disconnect();
