/**
 * What tokenizers of the byte-pair kind charge for, counted in one pass: pieces of words by length, digits, indentation,
 * line ends, runs of punctuation, and characters by script. The number of tokens is close to a weighted sum of these
 * counts, with other weights for every tokenizer. Rejected: characters by four (off by more than a fifth for every
 * third document), and counting with one tokenizer for all (a GPT tokenizer counts 22 % too few for Mistral).
 */

/** The place of each count. */
const feature = {
  /** Pieces of words, cut where a capital follows a small letter, by their letters: up to 3, 6, 9, 12, more. */
  piece: 0,
  /** Letters beyond the twelfth of a piece. */
  longPieceLetters: 5,
  capitalPieces: 6,
  capitalLetters: 7,
  letterThenDigit: 8,
  digits: 9,
  digitGroups: 10,
  digitThenLetter: 11,
  /** Runs of more than one blank, and runs that begin a line. */
  blankRuns: 12,
  blankExtra: 13,
  lineEnds: 14,
  lineEndAfterPunctuation: 15,
  punctuationRuns: 16,
  punctuationExtra: 17,
  hanzi: 18,
  kana: 19,
  hangul: 20,
  astral: 21,
  cyrillic: 22,
  otherScripts: 23,
  camelContinuation: 24,
  spaceBeforeNoLetter: 25,
} as const;

export const featureCount = 26;

/** Longer runs of letters in one case are no words; they count four letters to a token, see `countFeatures`. */
const longestWord = 32;
const maxBlankExtra = 64;
const maxPunctuationExtra = 40;

const kinds = { small: 0, capital: 1, digit: 2, blank: 3, lineEnd: 4, punctuation: 5, other: 6 } as const;
const kindOfAscii = Uint8Array.from({ length: 128 }, (_, code) => {
  if (code >= 97 && code <= 122) return kinds.small;
  if (code >= 65 && code <= 90) return kinds.capital;
  if (code >= 48 && code <= 57) return kinds.digit;
  if (code === 32 || code === 9) return kinds.blank;
  return code === 10 || code === 13 ? kinds.lineEnd : kinds.punctuation;
});

function kindAt(text: string, at: number): number {
  const code = text.charCodeAt(at);
  return code < 128 ? (kindOfAscii[code] ?? kinds.other) : code !== code ? -1 : kinds.other;
}

/** The counts, and the tokens of letter runs that are no words. */
export interface Features {
  readonly counts: Float64Array;
  readonly plainTokens: number;
}

export function countFeatures(text: string): Features {
  const counts = new Float64Array(featureCount);
  const { length } = text;
  let plainTokens = 0;
  let before = -1;
  let at = 0;
  while (at < length) {
    const kind = kindAt(text, at);
    const start = at;
    if (kind <= kinds.capital) {
      if (before === kinds.digit) add(counts, feature.digitThenLetter, 1);
      at = pieceEnd(text, at, kind);
      if (at - start > longestWord) plainTokens += (at - start) / 4;
      else addPiece(counts, text, start, at);
      if (before <= kinds.capital && before >= 0) add(counts, feature.camelContinuation, 1);
    } else if (kind === kinds.digit) {
      at = runEnd(text, at, kind);
      if (before <= kinds.capital && before >= 0) add(counts, feature.letterThenDigit, 1);
      add(counts, feature.digits, at - start);
      add(counts, feature.digitGroups, Math.ceil((at - start) / 3));
    } else if (kind === kinds.blank) {
      at = runEnd(text, at, kind);
      if (at - start > 1 || before === kinds.lineEnd) {
        add(counts, feature.blankRuns, 1);
        add(counts, feature.blankExtra, Math.min(at - start - 1, maxBlankExtra));
      } else if (kindAt(text, at) > kinds.capital) add(counts, feature.spaceBeforeNoLetter, 1);
    } else if (kind === kinds.lineEnd) {
      at = runEnd(text, at, kind);
      add(counts, feature.lineEnds, 1);
      if (before === kinds.punctuation) add(counts, feature.lineEndAfterPunctuation, 1);
    } else if (kind === kinds.punctuation) {
      at = runEnd(text, at, kind);
      add(counts, feature.punctuationRuns, 1);
      add(counts, feature.punctuationExtra, Math.min(at - start - 1, maxPunctuationExtra));
    } else {
      add(counts, scriptOf(text.charCodeAt(at)), 1);
      at += isHighSurrogate(text.charCodeAt(at)) ? 2 : 1;
    }
    before = kind;
  }
  return { counts, plainTokens };
}

function add(counts: Float64Array, index: number, amount: number): void {
  counts[index] = (counts[index] ?? 0) + amount;
}

function runEnd(text: string, start: number, kind: number): number {
  let at = start + 1;
  while (kindAt(text, at) === kind) at += 1;
  return at;
}

/** A capital goes with the small letters after it; two capitals or more are a piece of their own. */
function pieceEnd(text: string, start: number, kind: number): number {
  if (kind === kinds.small || kindAt(text, start + 1) === kinds.small) return runEnd(text, start + (kind === kinds.small ? 0 : 1), kinds.small);
  return runEnd(text, start, kinds.capital);
}

function addPiece(counts: Float64Array, text: string, start: number, end: number): void {
  const letters = end - start;
  if (letters > 1 && kindAt(text, end - 1) === kinds.capital) {
    add(counts, feature.capitalPieces, 1);
    add(counts, feature.capitalLetters, letters);
    return;
  }
  add(counts, feature.piece + Math.min(Math.floor((letters - 1) / 3), 4), 1);
  if (letters > 12) add(counts, feature.longPieceLetters, letters - 12);
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}

function scriptOf(code: number): number {
  if ((code >= 0x3000 && code <= 0x30ff) || code >= 0xff00) return feature.kana;
  if ((code >= 0x2e80 && code <= 0x9fff) || (code >= 0xf900 && code <= 0xfaff)) return feature.hanzi;
  if ((code >= 0xac00 && code <= 0xd7ff) || (code >= 0x1100 && code <= 0x11ff)) return feature.hangul;
  if (code >= 0xd800 && code <= 0xdfff) return feature.astral;
  return code >= 0x0400 && code <= 0x052f ? feature.cyrillic : feature.otherScripts;
}
