/** Keyword search in memory by Okapi BM25 (Robertson and Zaragoza 2009), over typed arrays. */
import { wordsOf } from './words.ts';

const [saturation, lengthShare] = [1.2, 0.75];

export interface KeywordHit {
  readonly document: number;
  readonly score: number;
}

export class KeywordIndex {
  readonly #postings = new Map<string, { readonly documents: number[]; readonly counts: number[] }>();
  readonly #lengths: Float64Array;
  readonly #averageLength: number;

  constructor(documents: readonly string[]) {
    this.#lengths = new Float64Array(documents.length);
    documents.forEach((text, document) => {
      const words = wordsOf(text);
      this.#lengths[document] = words.length;
      const counts = new Map<string, number>();
      for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
      for (const [word, count] of counts) this.#post(word, document, count);
    });
    this.#averageLength = this.#lengths.reduce((sum, length) => sum + length, 0) / Math.max(1, documents.length);
  }

  /** The best documents first; equals in the order in which they were given. */
  search(query: string, limit: number, accepts: (document: number) => boolean = () => true): KeywordHit[] {
    const scores = new Map<number, number>();
    for (const word of new Set(wordsOf(query))) {
      const posting = this.#postings.get(word);
      if (!posting) continue;
      const { documents, counts } = posting;
      const rarity = Math.log(1 + (this.#lengths.length - documents.length + 0.5) / (documents.length + 0.5));
      documents.forEach((document, at) => {
        const count = counts[at] ?? 0;
        const length = (this.#lengths[document] ?? 0) / this.#averageLength;
        const weight = (count * (saturation + 1)) / (count + saturation * (1 - lengthShare + lengthShare * length));
        scores.set(document, (scores.get(document) ?? 0) + rarity * weight);
      });
    }
    return [...scores]
      .filter(([document]) => accepts(document))
      .map(([document, score]) => ({ document, score }))
      .toSorted((left, right) => right.score - left.score || left.document - right.document)
      .slice(0, limit);
  }

  #post(word: string, document: number, count: number): void {
    const posting = this.#postings.get(word) ?? { documents: [], counts: [] };
    this.#postings.set(word, posting);
    posting.documents.push(document);
    posting.counts.push(count);
  }
}
