/** What a model costs. */
export interface ModelPrice {
  /** US dollars for a million tokens that the model reads. */
  readonly inputPerMillion: number;
  /** US dollars for a million tokens that it writes. */
  readonly outputPerMillion: number;
}
