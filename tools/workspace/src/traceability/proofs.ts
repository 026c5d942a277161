import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/** One name of a test, a group of tests or a contract case that carries ids of requirements. */
export interface Proof {
  /** The file from the root. */
  readonly file: string;
  readonly name: string;
  readonly ids: readonly string[];
}

const places = ['packages/*/test/**/*.ts', 'apps/*/test/**/*.ts', 'tools/*/test/**/*.ts', '{packages,apps}/*/src/testing/**/*.ts'];

/** Every proof in the repository, sorted by file and then in the order of the file. */
export function readProofs(base: string): Proof[] {
  return globSync(places, { cwd: base, exclude: ['**/node_modules/**'] })
    .map((file) => file.replaceAll('\\', '/'))
    .toSorted()
    .flatMap((file) => parseProofs(file, readFileSync(join(base, file), 'utf8')));
}

/**
 * The names with ids in one file: of tests, groups and contract cases, and every text that begins with an id, because
 * the rows of a table become names too.
 */
export function parseProofs(file: string, text: string): Proof[] {
  const proofs: Proof[] = [];
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ESNext, true));
  return proofs;

  function visit(node: ts.Node): void {
    const name = literalText(node);
    if (name !== undefined && (/^[A-Z]{2,}-\d+(?:\s|$)/.test(name) || isTestName(node) || isCaseName(node))) {
      const ids = parseIds(name);
      if (ids.length > 0) proofs.push({ file, name, ids });
    }
    ts.forEachChild(node, visit);
  }
}

/** The ids that a text names, each once. What is written like an id but belongs to no table is the reader's to leave out. */
export function parseIds(text: string): string[] {
  return [...new Set(text.match(/\b[A-Z]{2,}-\d+\b/g))];
}

function isTestName(node: ts.Node): boolean {
  const call = node.parent;
  return ts.isCallExpression(call) && call.arguments[0] === node && ['test', 'it', 'describe'].includes(rootName(call.expression));
}

function isCaseName({ parent }: ts.Node): boolean {
  return ts.isPropertyAssignment(parent) && ts.isIdentifier(parent.name) && parent.name.text === 'name';
}

/** `test` for `test`, `test.each(rows)` and `test.concurrent.skipIf(condition)` alike. */
function rootName(callee: ts.Expression): string {
  if (ts.isIdentifier(callee)) return callee.text;
  return ts.isPropertyAccessExpression(callee) || ts.isCallExpression(callee) || ts.isTaggedTemplateExpression(callee)
    ? rootName(ts.isTaggedTemplateExpression(callee) ? callee.tag : callee.expression)
    : '';
}

function literalText(node: ts.Node): string | undefined {
  if (ts.isStringLiteralLike(node)) return node.text;
  if (!ts.isTemplateExpression(node)) return undefined;
  return node.head.text + node.templateSpans.map(({ literal }) => `…${literal.text}`).join('');
}
