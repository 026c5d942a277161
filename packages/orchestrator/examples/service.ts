import assert from 'node:assert/strict';
//#region service
import { createMemoryEventStore } from '@holdfast/event-store';
import { SessionManager } from '@holdfast/executor';
import { HoldfastService } from '@holdfast/orchestrator';
import { openPromises } from '@holdfast/promises/durable';

await using events = createMemoryEventStore();
await using promises = await openPromises({ mode: 'memory' });
await using sessions = new SessionManager();
await using service = await HoldfastService.open({ events, promises, sessions });

const { sessionId } = await service.createSession();
await service.execute(sessionId, { code: 'const rope: string = "three strands"' });
const answer = await service.execute(sessionId, { code: 'rope.length' });
const { text } = await service.buildSessionContext(sessionId, { budgetTokens: 500 });
//#endregion
assert.equal(answer.state, 'ended');
assert.equal(answer.state === 'ended' && answer.result.value, 13);
assert.match(text, /rope: string = 'three strands'/u);
