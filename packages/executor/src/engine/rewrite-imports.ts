import type { AnyNode, ImportDeclaration, Program } from 'acorn';
import { visitAll } from '../analysis/top-level.ts';
import { keywordFor, type KnownName, type KnownNames } from '../analysis/known-names.ts';
import type { SourceEdits } from '../analysis/source-edits.ts';
import { hostObjectName } from './host-object.ts';

/**
 * Scripts that an inspector evaluates have neither `import` declarations nor a callback for `import()`, so both become
 * calls of the host object, in place. Exports have no reader at a prompt and lose their keyword; what is left must not go on
 * the statement before, nor be gone on with by the one behind.
 */
export function rewriteModuleSyntax(program: Program, source: string, known: KnownNames, edits: SourceEdits): void {
  visitAll(program, (node) => {
    if (node.type === 'ImportExpression') edits.replace(node.start, node.start + 'import'.length, `${hostObjectName}.load`);
    if (node.type === 'MetaProperty' && node.meta.name === 'import') edits.replace(node.start, node.end, `${hostObjectName}.meta`);
  });
  for (const statement of program.body) rewriteStatement(statement, source, known, edits);
}

function rewriteStatement(statement: AnyNode, source: string, known: KnownNames, edits: SourceEdits): void {
  switch (statement.type) {
    case 'ImportDeclaration':
      edits.replace(statement.start, statement.end, importStatements(statement, source, known));
      return;
    case 'ExportNamedDeclaration':
      if (statement.declaration) edits.replace(statement.start, statement.declaration.start, '');
      else edits.replace(statement.start, statement.end, statement.source ? `await ${hostObjectName}.load(${statement.source.raw});` : ';');
      return;
    case 'ExportAllDeclaration':
      edits.replace(statement.start, statement.end, `void await ${hostObjectName}.load(${statement.source.raw});`);
      return;
    case 'ExportDefaultDeclaration': {
      const { declaration } = statement;
      const isDefinition = declaration.type === 'FunctionDeclaration' || declaration.type === 'ClassDeclaration';
      const isNamed = isDefinition && declaration.id !== null;
      edits.replace(statement.start, declaration.start, isNamed ? '' : ';(');
      if (!isNamed) edits.insert(declaration.end, isDefinition ? ');' : ')');
      return;
    }
    default:
  }
}

/** One statement for each imported name, so that each can keep the keyword it was first declared with. */
function importStatements({ specifiers, source: from, attributes }: ImportDeclaration, source: string, known: KnownNames): string {
  const options = attributes.length === 0 ? '' : `, { with: { ${attributes.map(({ start, end }) => source.slice(start, end)).join(', ')} } }`;
  const link = (...names: string[]): string =>
    `await ${hostObjectName}.link(${from.raw}, [${names.map((name) => JSON.stringify(name)).join(', ')}]${options})`;
  const keyword = (name: string): KnownName['keyword'] => keywordFor('const', known.get(name));

  if (specifiers.length === 0) return `void ${link()};`;
  return specifiers
    .map((specifier) => {
      const { name } = specifier.local;
      if (specifier.type === 'ImportNamespaceSpecifier') return `${keyword(name)} ${name} = ${link()};`;
      const imported = specifier.type === 'ImportDefaultSpecifier' ? 'default' : nameOf(specifier.imported);
      return `${keyword(name)} ${name} = (${link(imported)})[${JSON.stringify(imported)}];`;
    })
    .join(' ');
}

function nameOf(node: { type: 'Identifier'; name: string } | { type: 'Literal'; value?: unknown }): string {
  return node.type === 'Identifier' ? node.name : String(node.value);
}
