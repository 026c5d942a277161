import { createHash } from 'node:crypto';
import { parseSync, type EcmaScriptModule } from 'oxc-parser';
import { collectDefinitions } from './collect-definitions.ts';
import { collectReferences } from './collect-references.ts';
import { exportsOfCommonJs, requiredBy } from './commonjs.ts';
import type { Definition, Export, Import, SourceFacts } from './definition.ts';
import { isNode, type SyntaxNode } from './syntax-node.ts';

/** Everything that one source file says by itself. One that cannot be parsed has problems and no definitions. */
export function parseSource(path: string, text: string): SourceFacts {
  try {
    return factsOf(path, text);
  } catch (error) {
    // Walking a tree takes stack; a generated expression of ten thousand terms can take all of it.
    const problem = error instanceof RangeError ? 'it is nested too deeply' : String(error);
    return { path, text, contentHash: hashOf(text), interfaceHash: hashOf(''), definitions: [], references: [], typeParameters: new Set(), imports: [], exports: [], problems: [problem] };
  }
}

function factsOf(path: string, text: string): SourceFacts {
  const { program, comments, module, errors } = parseSync(path, text);
  const root: unknown = program;
  const { definitions, byNode } = isNode(root) ? collectDefinitions(path, text, root, comments) : { definitions: [], byNode: new Map<SyntaxNode, number>() };
  const { references, typeParameters } = isNode(root) ? collectReferences(root, definitions, byNode) : { references: [], typeParameters: new Set<string>() };
  return {
    path,
    text,
    contentHash: hashOf(text),
    interfaceHash: hashOf(definitions.map(interfaceOf).join('\n')),
    definitions,
    references,
    typeParameters,
    imports: [...importsOf(module), ...(isNode(root) ? requiredBy(root) : [])],
    exports: [...exportsOf(module), ...(isNode(root) ? exportsOfCommonJs(root) : [])],
    problems: errors.map(({ message }) => message),
  };
}

export function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function interfaceOf({ id, signature }: Definition): string {
  return `${id} ${signature}`;
}

function importsOf({ staticImports }: EcmaScriptModule): Import[] {
  return staticImports.flatMap(({ moduleRequest, entries }) =>
    entries.map(({ localName, importName }) => {
      const imported = { Name: importName.name ?? '', NamespaceObject: '*', Default: 'default' }[importName.kind as string] ?? '';
      return { local: localName.value, from: moduleRequest.value, imported };
    }),
  );
}

function exportsOf({ staticExports }: EcmaScriptModule): Export[] {
  return staticExports.flatMap(({ entries }) =>
    entries.map(({ moduleRequest, exportName, importName, localName }) => {
      const name = { Default: 'default', None: '*' }[exportName.kind as string] ?? exportName.name ?? '';
      if (moduleRequest) return { name, from: moduleRequest.value, imported: importName.name ?? '*' };
      return { name, from: null, imported: localName.name ?? name };
    }),
  );
}
