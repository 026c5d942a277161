/** Finds the definitions of one file: what stands at its top level or in a namespace, and the members of classes and interfaces. */
import { assignedBy, localName, requireIn, type Assigned } from './commonjs.ts';
import { annotatedType, declaredType, typeName } from './declared-types.ts';
import type { Definition, DefinitionKind, Span } from './definition.ts';
import { childOf, childrenOf, nameOf, type SyntaxNode } from './syntax-node.ts';

export interface Comment extends Span {
  readonly type: 'Line' | 'Block';
  readonly value: string;
}

export interface CollectedDefinitions {
  readonly definitions: readonly Definition[];
  /** Which node is which definition, by index. */
  readonly byNode: ReadonlyMap<SyntaxNode, number>;
}

/** So much of a value is part of the signature of a variable without a type. */
const maxValueCharacters = 160;

export function collectDefinitions(path: string, text: string, program: SyntaxNode, comments: readonly Comment[]): CollectedDefinitions {
  const collector = new Collector(path, text, comments);
  for (const statement of childrenOf(program, 'body')) collector.statement(statement, statement, null);
  return collector;
}

interface Found {
  readonly node: SyntaxNode;
  /** Where it begins, with `export` and what else stands before it. */
  readonly outer: SyntaxNode;
  readonly name: string;
  readonly kind: DefinitionKind;
  readonly parent: Definition | null;
  readonly type?: string | null;
  readonly body?: Span | undefined;
  /** Where the signature ends; at the body or the end where it is left out. */
  readonly signatureEnd?: number;
}

class Collector implements CollectedDefinitions {
  readonly definitions: Definition[] = [];
  readonly byNode = new Map<SyntaxNode, number>();
  readonly #path: string;
  readonly #text: string;
  readonly #comments: readonly Comment[];
  readonly #documentation: ReadonlyMap<number, string>;
  readonly #seen = new Map<string, number>();

  constructor(path: string, text: string, comments: readonly Comment[]) {
    this.#path = path;
    this.#text = text;
    this.#comments = comments;
    this.#documentation = new Map(comments.filter(({ type, value }) => type === 'Block' && value.startsWith('*')).map(({ end, value }) => [end, firstSentence(value)]));
  }

  statement(node: SyntaxNode, outer: SyntaxNode, parent: Definition | null): void {
    switch (node.type) {
      case 'ExportNamedDeclaration':
      case 'ExportDefaultDeclaration': {
        const declaration = childOf(node, 'declaration');
        if (declaration) this.statement(declaration, node, parent);
        return;
      }
      case 'FunctionDeclaration':
      case 'TSDeclareFunction':
        this.#add({ node, outer, name: nameOf(childOf(node, 'id')) ?? 'default', kind: 'function', parent, type: annotatedType(node, 'returnType'), body: childOf(node, 'body') });
        return;
      case 'ClassDeclaration':
        this.#class(node, outer, nameOf(childOf(node, 'id')) ?? 'default', parent);
        return;
      case 'TSInterfaceDeclaration':
        this.#class(node, outer, nameOf(childOf(node, 'id')) ?? '', parent);
        return;
      case 'TSTypeAliasDeclaration':
        this.#typeAlias(node, outer, parent);
        return;
      case 'TSEnumDeclaration':
        this.#add({ node, outer, name: nameOf(childOf(node, 'id')) ?? '', kind: 'enum', parent });
        return;
      case 'TSModuleDeclaration':
        this.#namespace(node, parent);
        return;
      case 'VariableDeclaration': {
        const declarators = childrenOf(node, 'declarations');
        for (const declarator of declarators) this.#variable(declarator, declarators.length === 1 ? outer : declarator, parent);
        return;
      }
      case 'ExpressionStatement':
        for (const assigned of assignedBy(node)) this.#assigned(assigned);
        return;
      case 'ArrowFunctionExpression':
      case 'ObjectExpression':
      case 'CallExpression':
        if (outer.type === 'ExportDefaultDeclaration') this.#add({ node, outer, name: 'default', kind: 'variable', parent, signatureEnd: this.#valueEnd(node) });
        return;
      default:
    }
  }

  #class(node: SyntaxNode, outer: SyntaxNode, name: string, parent: Definition | null): void {
    const body = childOf(node, 'body');
    const kind = node.type === 'TSInterfaceDeclaration' ? 'interface' : 'class';
    const definition = this.#add({ node, outer, name, kind, parent, type: extendedBy(node), ...(body && { signatureEnd: body.start }) });
    for (const member of body ? childrenOf(body, 'body') : []) this.#member(member, definition);
  }

  /** An object type has members as an interface has. */
  #typeAlias(node: SyntaxNode, outer: SyntaxNode, parent: Definition | null): void {
    const type = childOf(node, 'typeAnnotation');
    const isObject = type?.type === 'TSTypeLiteral' && childrenOf(type, 'members').length > 0;
    const definition = this.#add({ node, outer, name: nameOf(childOf(node, 'id')) ?? '', kind: 'type', parent, type: typeName(type), ...(isObject && { signatureEnd: type.start }) });
    for (const member of isObject ? childrenOf(type, 'members') : []) this.#member(member, definition);
  }

  #member(node: SyntaxNode, parent: Definition): void {
    const name = memberName(node);
    if (name === undefined) return;
    const value = childOf(node, 'value');
    const body = functionBody(value) ?? undefined;
    const isMethod = /Method|Signature|TSAbstractMethod/u.test(node.type) && node.type !== 'TSPropertySignature' && node.type !== 'TSIndexSignature';
    const signatureEnd = !body && value && childOf(node, 'typeAnnotation') ? { signatureEnd: childOf(node, 'typeAnnotation')?.end ?? node.end } : {};
    this.#add({ node, outer: node, name, kind: isMethod ? 'method' : 'property', parent, type: declaredType(node, value) ?? annotatedType(node, 'returnType'), body, ...signatureEnd });
    for (const parameter of value && name === 'constructor' ? childrenOf(value, 'params') : []) this.#parameterProperty(parameter, parent);
  }

  /** A property that is declared where the constructor takes it. */
  #parameterProperty(node: SyntaxNode, parent: Definition): void {
    if (node.type !== 'TSParameterProperty') return;
    const parameter = childOf(node, 'parameter');
    const [annotated, value] = parameter?.type === 'AssignmentPattern' ? [childOf(parameter, 'left'), childOf(parameter, 'right')] : [parameter];
    const name = nameOf(annotated);
    if (name !== undefined) this.#add({ node, outer: node, name, kind: 'property', parent, type: declaredType(annotated, value) });
  }

  #namespace(node: SyntaxNode, parent: Definition | null): void {
    const body = childOf(node, 'body');
    const name = nameOf(childOf(node, 'id'));
    for (const statement of body && name !== undefined ? childrenOf(body, 'body') : []) this.statement(statement, statement, parent);
  }

  #variable(node: SyntaxNode, outer: SyntaxNode, parent: Definition | null): void {
    const [name, value] = [nameOf(childOf(node, 'id')), childOf(node, 'init')];
    if (name === undefined || requireIn(value)) return; // an import, whatever it looks like
    if (value?.type === 'ClassExpression') {
      this.#class(value, outer, name, parent);
      return;
    }
    const body = functionBody(value);
    const annotation = childOf(childOf(node, 'id') ?? node, 'typeAnnotation');
    const type = declaredType(childOf(node, 'id'), value);
    if (body) this.#add({ node, outer, name, kind: 'function', parent, type, body });
    else this.#add({ node, outer, name, kind: 'variable', parent, type, ...(value && { body: value, signatureEnd: annotation ? annotation.end : this.#valueEnd(value) }) });
  }

  /** A function or a class that is written where `module.exports` gets it. */
  #assigned({ name: exported, value, outer }: Assigned): void {
    const [name, body] = [localName(exported, value), functionBody(value)];
    if (value.type === 'ClassExpression') this.#class(value, outer, name, null);
    else if (body) this.#add({ node: value, outer, name, kind: 'function', parent: null, type: declaredType(undefined, value), body });
  }

  /** The whole of a short value, the first line of a long one. */
  #valueEnd(value: SyntaxNode): number {
    if (value.end - value.start <= maxValueCharacters) return value.end;
    const lineEnd = this.#text.indexOf('\n', value.start);
    return Math.min(lineEnd === -1 ? value.end : lineEnd, value.start + maxValueCharacters);
  }

  #add({ node, outer, name, kind, parent, type = null, body, signatureEnd }: Found): Definition {
    const qualified = parent ? `${parent.name}.${name}` : name;
    const times = (this.#seen.get(qualified) ?? 0) + 1;
    this.#seen.set(qualified, times);
    const definition: Definition = {
      id: `${this.#path}#${qualified}${times > 1 ? `~${times}` : ''}`,
      path: this.#path,
      name: qualified,
      kind,
      parent: parent?.id ?? null,
      signature: this.#signature(outer.start, signatureEnd ?? body?.start ?? outer.end),
      documentation: this.#documentationBefore(outer.start),
      type,
      body: body ? { start: body.start, end: body.end } : null,
      start: outer.start,
      end: outer.end,
    };
    this.byNode.set(node, this.definitions.length);
    this.definitions.push(definition);
    return definition;
  }

  /** In one line, without the comments in it. */
  #signature(start: number, end: number): string {
    let text = '';
    let from = start;
    for (const comment of this.#commentsIn(start, end)) {
      text += this.#text.slice(from, comment.start);
      from = comment.end;
      while (this.#text[from] === ' ') from += 1;
    }
    return inOneLine(text + this.#text.slice(from, Math.max(from, end)));
  }

  #commentsIn(start: number, end: number): readonly Comment[] {
    const comments = this.#comments;
    let [low, high] = [0, comments.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (comments[middle]!.start < start) low = middle + 1;
      else high = middle;
    }
    const first = low;
    while (low < comments.length && comments[low]!.start < end) low += 1;
    return comments.slice(first, low);
  }

  #documentationBefore(start: number): string {
    let end = start;
    while (end > 0 && /\s/u.test(this.#text[end - 1] ?? '')) end -= 1;
    return this.#documentation.get(end) ?? '';
  }
}

/** As one would have written it in one line: no room inside of brackets, no comma or bar that only a list over lines has, and what the ends of lines divide divided by semicolons. */
function inOneLine(text: string): string {
  return text
    .replace(/[\s;,]+$/u, '')
    .replaceAll(/([=:])\s*\n\s*[|&]\s+/gu, '$1 ')
    .replaceAll(/([(<[])\s*\n\s*/gu, '$1')
    .replaceAll(/,?\s*\n\s*([)>\]])/gu, '$1')
    .replaceAll(/[,;]?\s*\n\s*\}/gu, ' }')
    .replaceAll(/(?<=[\w$)\]>}'"])(?<!=>)[ \t]*\n\s*(?=(?:readonly )?[\w$'"]+\??[:(])/gu, '; ')
    .replaceAll(/\s*\n\s*/gu, ' ')
    .replace(/\s*(?:=>|=)$/u, '');
}

/** What a class or, first of all, an interface extends. */
function extendedBy(node: SyntaxNode): string | null {
  const [first] = childrenOf(node, 'extends');
  return nameOf(childOf(node, 'superClass') ?? (first && childOf(first, 'expression'))) ?? null;
}

function memberName(node: SyntaxNode): string | undefined {
  if (node.type === 'TSCallSignatureDeclaration') return '()';
  if (node.type === 'TSConstructSignatureDeclaration') return 'new';
  if (node.type === 'TSIndexSignature') return '[]';
  const key = childOf(node, 'key');
  return node['computed'] === true ? (key && nameOf(childOf(key, 'property'))) : nameOf(key);
}

function functionBody(value: SyntaxNode | undefined): SyntaxNode | undefined {
  if (value?.type !== 'ArrowFunctionExpression' && value?.type !== 'FunctionExpression') return undefined;
  return childOf(value, 'body');
}

function firstSentence(comment: string): string {
  const text = comment
    .replaceAll(/^\s*\*+ ?/gmu, '')
    .split(/\n\s*(?:\n|@)/u, 1)
    .join('')
    .replaceAll(/\s+/gu, ' ')
    .trim();
  return text.startsWith('@') ? '' : (/^.*?[.!?](?=\s|$)/u.exec(text)?.[0] ?? text).slice(0, 200);
}
