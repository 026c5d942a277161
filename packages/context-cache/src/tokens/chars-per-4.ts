/**
 * The plain rule of four characters to a token. Counted in quarters of a token, so that every rounding happens once:
 * an ASCII character is one, a Chinese, Japanese or Korean one four, any other two; an emoji is eight however many code
 * points it is drawn from, each further one of which adds one. Only runs of emoji are cut into graphemes, because
 * `Intl.Segmenter` is slow.
 *
 * Longer texts never count less: `estimate(a + b) >= max(estimate(a), estimate(b))`, and at most the sum of both.
 */

const quartersPerEmoji = 8;
const emojiRun = /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}\p{Join_Control}\p{Variation_Selector}\u{20E3}]+/gu;
const emojiPart = /[\p{Extended_Pictographic}\p{Regional_Indicator}\p{Emoji_Modifier}]/u;
const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });

/** Four characters to a token: for whoever needs a number that can be checked by hand. `estimateTokens` is closer to the truth. */
export function charsPer4(text: string): number {
  let quarters = 0;
  const rest = text.replaceAll(emojiRun, (run) => {
    quarters += quartersOfEmoji(run);
    return '';
  });
  for (let at = 0; at < rest.length; at += 1) {
    const code = rest.codePointAt(at) ?? 0;
    quarters += quartersOfCharacter(code);
    if (code > 0xffff) at += 1;
  }
  return Math.ceil(quarters / 4);
}

function quartersOfEmoji(run: string): number {
  // One code point is one grapheme. Text with an emoji here and there is common, and starting the segmenter is slow.
  if (run.length <= 2 && Array.from(run).length === 1) return emojiPart.test(run) ? quartersPerEmoji : 1;
  let quarters = 0;
  for (const { segment } of graphemes.segment(run)) {
    const codePoints = Array.from(segment).length;
    quarters += emojiPart.test(segment) ? quartersPerEmoji + codePoints - 1 : codePoints;
  }
  return quarters;
}

function quartersOfCharacter(code: number): number {
  if (code < 0x80) return 1;
  return ideographic.some(([first, last]) => code >= first && code <= last) ? 4 : 2;
}

/** Scripts where about every character is a token: Han, kana, Hangul, and their punctuation and full-width forms. */
const ideographic = [
  [0x1100, 0x11ff],
  [0x2e80, 0x9fff],
  [0xa960, 0xa97f],
  [0xac00, 0xd7ff],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe4f],
  [0xff00, 0xffef],
  [0x1b000, 0x1b2ff],
  [0x20000, 0x3ffff],
] as const;
