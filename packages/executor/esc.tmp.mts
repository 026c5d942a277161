import { escapeAttempts } from './test/escape-attempts.ts';
import { openEscapeGround } from './test/escape-targets.ts';
process.env.X_SECRET='do not tell';
for (const level of ['restricted','sandbox'] as const) {
  await using g = await openEscapeGround(level);
  for (const e of escapeAttempts) { const got = await g.attempt(e); const ok = (got==='denied') !== (e.possibleAt?.includes(level) ?? false); if (!ok) console.log(level, e.name, JSON.stringify(got)?.slice(0,150)); }
  console.log(level, (await g.bystander.execute('kept')).value, (await g.session.execute('1+1')).value);
}
