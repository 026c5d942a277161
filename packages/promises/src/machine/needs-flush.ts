import { passTag } from '../resonate.ts';
import type { ProtocolRequest } from './messages.ts';

/**
 * Whether somebody may act on the answer in a way that cannot be repeated. Who holds a task, and that a step has begun, is
 * found out again after a power cut: it happens once more. Only work at most once has to be known before it begins.
 */
export function needsFlush(request: ProtocolRequest): boolean {
  switch (request.kind) {
    case 'promise.get':
    case 'promise.search':
    case 'promise.register_listener':
    case 'task.get':
    case 'task.acquire':
    case 'task.release':
    case 'task.suspend':
    case 'task.heartbeat':
      return false;
    case 'task.fence': {
      const { action } = request.data;
      return action.kind !== 'promise.create' || action.data.tags['resonate:scope'] !== 'local' || passTag in action.data.tags;
    }
    default:
      return true;
  }
}
