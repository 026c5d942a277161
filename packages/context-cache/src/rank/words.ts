/** The words of a text as a search sees them: identifiers come apart at capitals and digits, everything small. */
export function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const [run] of text.matchAll(/[\p{L}\p{N}_$]+/gu)) {
    const parts = run.match(/\p{Lu}+(?=\p{Lu}\p{Ll})|\p{Lu}?\p{Ll}+|\p{Lu}+|\p{N}+|[\p{Lo}\p{Lm}]+/gu) ?? [];
    for (const part of parts) words.push(part.toLowerCase());
    if (parts.length > 1) words.push(run.toLowerCase());
  }
  return words;
}
