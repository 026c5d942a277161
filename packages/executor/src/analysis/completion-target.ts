/**
 * What a person wants completed, told by the tokens before the cursor. Only chains of names are followed, `a.b?.c`,
 * because to know what `f().` has would mean to call `f`. Texts and lists are known by their kind alone.
 */
import { tokenizer, tokTypes, type Token } from 'acorn';

export type CompletionTarget =
  /** A name by itself. */
  | { readonly kind: 'name'; readonly start: number; readonly prefix: string }
  /** A member of what a chain of names leads to, such as `['process', 'versions']`. */
  | { readonly kind: 'member'; readonly start: number; readonly prefix: string; readonly path: readonly string[] }
  /** A member of a literal. */
  | { readonly kind: 'literal'; readonly start: number; readonly prefix: string; readonly of: 'string' | 'array' | 'regexp' }
  /** A module, inside of the quotes of an import. */
  | { readonly kind: 'module'; readonly start: number; readonly prefix: string };

/** What stands before the cursor that can be completed; undefined in comments and texts, and where nothing can be said. */
export function findCompletionTarget(code: string): CompletionTarget | undefined {
  const read = readTokens(code);
  if (!read) return undefined;
  const { tokens, openTextAt } = read;
  if (openTextAt !== undefined) return moduleTarget(code, tokens, openTextAt);

  const last = tokens.at(-1);
  const isWord = last !== undefined && isNameLike(last) && last.end === code.length;
  // Past the last token there may be a comment, which is no place for a name.
  if (!isWord && /\S/u.test(code.slice(last?.end ?? 0))) return undefined;
  const before = isWord ? tokens.slice(0, -1) : tokens;
  const start = isWord ? last.start : code.length;
  const prefix = code.slice(start);
  if (!isDot(before.at(-1))) return isDeclared(before.at(-1), code) ? undefined : { kind: 'name', start, prefix };

  const receiver = before.slice(0, -1);
  const path = pathBefore(receiver, code);
  if (path) return { kind: 'member', start, prefix, path };
  const of = literalBefore(receiver);
  return of && { kind: 'literal', start, prefix, of };
}

/** The tokens of a text, and where a quote opens that nothing closes. */
function readTokens(code: string): { readonly tokens: readonly Token[]; readonly openTextAt?: number } | undefined {
  const tokens: Token[] = [];
  try {
    for (const token of tokenizer(code, { ecmaVersion: 'latest', allowHashBang: true })) tokens.push(token);
    return { tokens };
  } catch (error) {
    const isOpenText = error instanceof SyntaxError && error.message.startsWith('Unterminated string') && 'pos' in error && typeof error.pos === 'number';
    return isOpenText ? { tokens, openTextAt: Number(error.pos) } : undefined;
  }
}

function moduleTarget(code: string, tokens: readonly Token[], quoteAt: number): CompletionTarget | undefined {
  const [before, last] = tokens.slice(-2).map((token) => code.slice(token.start, token.end));
  const isImport = last === 'from' || last === 'import' || (last === '(' && (before === 'require' || before === 'import'));
  return isImport ? { kind: 'module', start: quoteAt + 1, prefix: code.slice(quoteAt + 1) } : undefined;
}

/** The chain of names that ends the tokens; undefined where something else stands there. */
function pathBefore(tokens: readonly Token[], code: string): readonly string[] | undefined {
  const path: string[] = [];
  for (let index = tokens.length - 1; index >= 0; index -= 2) {
    const token = tokens[index];
    if (!token || !isNameLike(token)) return undefined;
    path.unshift(code.slice(token.start, token.end));
    if (!isDot(tokens[index - 1])) return isReceiver(token, path) ? path : undefined;
  }
  return undefined;
}

/** A chain begins with a name or with `this`; other keywords are no values. */
function isReceiver(first: Token, path: readonly string[]): boolean {
  return first.type === tokTypes.name || path[0] === 'this';
}

function literalBefore(tokens: readonly Token[]): 'string' | 'array' | 'regexp' | undefined {
  const last = tokens.at(-1)?.type;
  if (last === tokTypes.string || last === tokTypes.backQuote) return 'string';
  if (last === tokTypes.regexp) return 'regexp';
  return last === tokTypes.bracketR && opensList(tokens) ? 'array' : undefined;
}

const endsValue: ReadonlySet<unknown> = new Set([tokTypes.parenR, tokTypes.bracketR, tokTypes.braceR, tokTypes.string, tokTypes.backQuote, tokTypes.num, tokTypes.regexp]);

/** Whether the bracket that the last token closes opens a list, and is no access to a member. */
function opensList(tokens: readonly Token[]): boolean {
  let depth = 0;
  for (let index = tokens.length - 1; index >= 0; index -= 1) {
    const type = tokens[index]?.type;
    if (type === tokTypes.bracketR) depth += 1;
    if (type === tokTypes.bracketL) depth -= 1;
    if (depth > 0) continue;
    const before = tokens[index - 1];
    return before === undefined || (!isNameLike(before) && !endsValue.has(before.type));
  }
  return false;
}

/** `class` and `const` are names after a dot, and become other ones while they are typed. */
function isNameLike({ type }: Token): boolean {
  return type === tokTypes.name || type.keyword !== undefined;
}

function isDot(token: Token | undefined): boolean {
  return token?.type === tokTypes.dot || token?.type === tokTypes.questionDot;
}

/** A name that is only being made is none that exists. */
function isDeclared(before: Token | undefined, code: string): boolean {
  return before !== undefined && ['const', 'let', 'var', 'class', 'function'].includes(code.slice(before.start, before.end));
}
