/** Turns texts into vectors whose directions are near where the texts mean nearly the same. A port: a model stands behind it. */
export interface EmbeddingPort {
  /** Which model; vectors of different ones are never compared. */
  readonly model: string;
  embed(texts: readonly string[], options: { readonly signal?: AbortSignal }): Promise<readonly Float32Array[]>;
}

/** The cosine of the angle between two vectors: 1 for the same direction. 0 where one is zero or they differ in length. */
export function cosine(left: Float32Array, right: Float32Array): number {
  if (left.length !== right.length) return 0;
  let [product, leftSquare, rightSquare] = [0, 0, 0];
  for (let at = 0; at < left.length; at += 1) {
    const [one, other] = [left[at]!, right[at]!];
    product += one * other;
    leftSquare += one * one;
    rightSquare += other * other;
  }
  return product === 0 ? 0 : product / Math.sqrt(leftSquare * rightSquare);
}
