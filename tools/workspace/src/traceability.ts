// docs/traceability.md: which test proves which row of docs/requirements, and what is still open.
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './projects.ts';
import { parseIds, type Proof, readProofs } from './traceability/proofs.ts';
import { readRequirements, type RequirementPage } from './traceability/requirements.ts';

/** One page of docs/decisions, with the rows that it names. */
export interface Decision {
  readonly file: string;
  readonly ids: readonly string[];
}

/** Reads the requirements, the decisions and the tests of a checkout and renders the page. */
export function traceability(base: string = root): string {
  const decisions = globSync('docs/decisions/[0-9]*.md', { cwd: base })
    .map((file) => file.replaceAll('\\', '/'))
    .toSorted()
    .map((file) => ({ file, ids: parseIds(readFileSync(join(base, file), 'utf8')) }));
  return renderTraceability(readRequirements(join(base, 'docs/requirements')), readProofs(base), decisions);
}

/**
 * The page: a summary, then one table per page of requirements, its rows in the order of that page.
 *
 * @throws Error where a test or a decision names a row that no page has
 */
export function renderTraceability(pages: readonly RequirementPage[], proofs: readonly Proof[], decisions: readonly Decision[]): string {
  refuseUnknownRows(pages, [...proofs, ...decisions]);
  const proven = (id: string): Proof[] => proofs.filter(({ ids }) => ids.includes(id));

  const summary = pages.map(({ file, title, ids, deliberate }) => {
    const provenIds = ids.filter((id) => proven(id).length > 0);
    const different = ids.filter((id) => deliberate.has(id) && !provenIds.includes(id));
    return { link: `[${title}](requirements/${file})`, rows: ids.length, proven: provenIds.length, different: different.length };
  });
  const total = (of: (line: (typeof summary)[number]) => number): number => summary.reduce((sum, line) => sum + of(line), 0);
  const lines = [...summary, { link: 'all', rows: total(({ rows }) => rows), proven: total((line) => line.proven), different: total((line) => line.different) }].map(
    (line) => `| ${line.link} | ${line.rows} | ${line.proven} | ${line.different} | ${line.rows - line.proven - line.different} |`,
  );

  const tables = pages.map(({ file, title, ids, deliberate }) => {
    const rows = ids.map((id) => `| [${id}](requirements/${file}) | ${evidence(id)} |`);
    return `## ${title}\n\n| row | proven by |\n|---|---|\n${rows.join('\n')}`;

    function evidence(id: string): string {
      const reason = deliberate.get(id);
      const parts = [
        ...proven(id).map((proof) => `[${escape(proof.name)}](../${proof.file})`),
        ...(reason === undefined ? [] : [`deliberately different: ${reason.replaceAll('](../', '](')}`]),
      ];
      if (parts.length === 0) parts.push('open');
      const decided = decisions.filter((decision) => decision.ids.includes(id)).map(({ file: decision }) => `[${numberOf(decision)}](${decision.replace('docs/', '')})`);
      if (decided.length > 0) parts.push(`decided in ${decided.join(', ')}`);
      return parts.join('<br>');
    }
  });

  return `${[head, `| requirements | rows | proven | deliberately different | open |\n|---|---|---|---|---|\n${lines.join('\n')}`, ...tables].join('\n\n')}\n`;
}

const head = `# Traceability

<!-- Written by "npm run docs" from docs/requirements and the names of the tests. Name the row in a test instead of editing. -->

A row is proven when a test, or a case of a contract suite, carries its id in its name. A row that is deliberately
different says why on its own page. Every other row is open.`;

function refuseUnknownRows(pages: readonly RequirementPage[], sources: readonly Decision[]): void {
  const known = new Set(pages.flatMap(({ ids }) => ids));
  const prefixes = new Set([...known].map((id) => id.replace(/\d+$/, '')));
  const faults = sources.flatMap(({ file, ids }) =>
    ids.filter((id) => prefixes.has(id.replace(/\d+$/, '')) && !known.has(id)).map((id) => `${file} names "${id}"`),
  );
  if (faults.length > 0) throw new Error(`Cannot trace rows that no page of requirements has: ${faults.join(', ')}`);
}

function numberOf(decision: string): string {
  return /(\d{4})-[^/]*$/.exec(decision)?.[1] ?? decision;
}

function escape(name: string): string {
  return name.replaceAll(/[[\]|<>*_`\\]/g, (character) => `\\${character}`).replaceAll(/\s+/g, ' ');
}
