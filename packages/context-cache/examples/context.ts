// What a model with a small window is told about a long history.
import assert from 'node:assert/strict';
//#region build
import { buildContext, contextBudget, mistral7b } from '@holdfast/context-cache';
import { createMemoryEventStore, type Event } from '@holdfast/event-store';

const store = createMemoryEventStore();
const iteration = { type: 'MODULE_ITERATION', data: { module: 'parser', code: 'let x;\n'.repeat(100) } };
await store.append('task-1', Array.from({ length: 200 }, () => iteration));

const events: Event[] = [];
for await (const event of store.read({ taskId: 'task-1' })) events.push(event);

const context = buildContext({
  system: 'You write TypeScript.',
  events,
  budgetTokens: contextBudget(mistral7b), // 4800 of 8192: the rest is for the answer.
});
//#endregion
assert.ok(context.tokens <= 0.8 * 4800);
assert.match(context.text, /#200 /u);
//#region omitted
const [left] = context.omitted;
//#endregion
assert.equal(left?.unit, 'events');
//#region route
import { routeModel } from '@holdfast/context-cache';

const model = routeModel(7000, 'mistral:7b'); // 'qwen3:8b'
//#endregion
assert.equal(model, 'qwen3:8b');
//#region graph
import { ContextGraph } from '@holdfast/context-cache';

const graph = new ContextGraph();
graph.put({ id: 'module:parser', summary: 'Reads text into a tree', dependencies: ['module:lexer'] });
graph.put({ id: 'module:lexer', summary: 'Cuts text into words', mentions: ['concept:unicode'] });

const { nodes, missing } = graph.related('module:parser'); // The lexer; and a concept that nobody has put yet.
//#endregion
assert.deepEqual(nodes.map(({ node, distance }) => [node.id, distance]), [['module:lexer', 1]]);
assert.deepEqual(missing, ['concept:unicode']);
