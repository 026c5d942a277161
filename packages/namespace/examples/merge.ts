import assert from 'node:assert/strict';
//#region merge
import { History, Namespace } from '@holdfast/namespace';

const live: Record<string, unknown> = {};
const namespace = new Namespace(live);
const history = new History(namespace);

namespace.update({ price: 20, total: (count: number) => count * Number(live['price']) });
namespace.update({ price: 30 }); // the function above sees it: the object is merged into, never replaced
history.recordExpressionResult(60, 1); // what a prompt shows as _
const skipped = namespace.update({ _: 'mine', price: 40 });
//#endregion
assert.deepEqual(skipped, [{ name: '_', reason: 'the name belongs to the engine' }]);
assert.equal((live['total'] as (count: number) => number)(2), 80);
assert.equal(live['_'], 60);
