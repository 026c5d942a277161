/** A node of the syntax tree, as far as we look into it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

export function isNode(value: unknown): value is SyntaxNode {
  return typeof value === 'object' && value !== null && 'type' in value && 'start' in value;
}

/** The node in a field. */
export function childOf(node: SyntaxNode, field: string): SyntaxNode | undefined {
  const value = node[field];
  return isNode(value) ? value : undefined;
}

/** The nodes in a field that is a list. */
export function childrenOf(node: SyntaxNode, field: string): readonly SyntaxNode[] {
  const value = node[field];
  return Array.isArray(value) ? value.filter(isNode) : [];
}

/** Every node right below, in source order. */
export function* partsOf(node: SyntaxNode): Iterable<SyntaxNode> {
  for (const field in node) {
    const value = node[field];
    if (Array.isArray(value)) yield* value.filter(isNode);
    else if (isNode(value)) yield value;
  }
}

/** What an identifier or a literal key is called. */
export function nameOf(node: SyntaxNode | undefined): string | undefined {
  if (!node) return undefined;
  if (typeof node['name'] === 'string') return node.type === 'PrivateIdentifier' ? `#${node['name']}` : node['name'];
  return node.type === 'Literal' && (typeof node['value'] === 'string' || typeof node['value'] === 'number') ? String(node['value']) : undefined;
}
