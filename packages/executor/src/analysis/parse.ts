import { parse, type Program } from 'acorn';

/**
 * Parses a cell: a sloppy script in which top-level `await`, `import` and `export` may stand, and as in a module `using`.
 * Gives undefined where it cannot; what is really wrong is said by V8, which compiles the cell afterwards.
 */
export function parseCell(source: string, { mayReturn = false }: { readonly mayReturn?: boolean } = {}): Program | undefined {
  return parseAs('script', source, mayReturn) ?? (/\busing\b/u.test(source) ? parseAs('module', source, mayReturn) : undefined);
}

function parseAs(sourceType: 'script' | 'module', source: string, mayReturn: boolean): Program | undefined {
  try {
    return parse(source, {
      ecmaVersion: 'latest',
      sourceType,
      allowAwaitOutsideFunction: true,
      allowImportExportEverywhere: true,
      allowHashBang: true,
      allowReturnOutsideFunction: mayReturn,
      preserveParens: true,
    });
  } catch {
    return undefined; // V8 reports the syntax error, with its own words and place
  }
}
