/** How one node stands to another. */
export const relations = ['contains', 'depends_on', 'tested_by', 'references'] as const;
export type Relation = (typeof relations)[number];

/** One relation, said in the direction in which it is read: `module:a depends_on module:b`. */
export interface Edge {
  readonly from: string;
  readonly relation: Relation;
  readonly to: string;
}
