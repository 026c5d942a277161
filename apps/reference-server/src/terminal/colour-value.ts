import { styleText } from 'node:util';

type Style = Parameters<typeof styleText>[0];

/** What stands in the text of a value, in the colours that Node gives it; the first that fits counts. */
const kinds: readonly (readonly [Style, string])[] = [
  ['green', `'(?:[^'\\\\\\n]|\\\\.)*'|"(?:[^"\\\\\\n]|\\\\.)*"|\`(?:[^\`\\\\]|\\\\.)*\`|Symbol\\([^)\\n]*\\)`],
  ['magenta', String.raw`\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z`],
  ['cyan', String.raw`\[(?:(?:Async)?(?:Generator)?Function|class|Getter|Setter|Circular|Object|Array)(?:[^\]\n]*)\]`],
  ['red', String.raw`(?<=^|[\s[({])\/(?:[^/\\\n]|\\.)+\/[dgimsuvy]*(?=$|[\s,\]})])`],
  ['yellow', String.raw`(?<![\w$.])(?:-?(?:\d[\d_]*(?:\.\d+)?(?:e[+-]?\d+)?n?|Infinity)|NaN|true|false)(?![\w$]|:)`],
  ['bold', String.raw`(?<![\w$.])null(?![\w$]|:)`],
  ['gray', String.raw`(?<![\w$.])undefined(?![\w$]|:)`],
];
const pattern = new RegExp(kinds.map(([, source]) => `(${source})`).join('|'), 'gmu');

/** Colours the text of a value, where standard output shows colours. The text itself stays as it came. */
export function colourValue(text: string): string {
  return text.replaceAll(pattern, (match: string, ...groups: (string | undefined)[]) => {
    const [style] = kinds[groups.findIndex((group) => group !== undefined)] ?? [];
    return style === undefined ? match : styleText(style, match, { stream: process.stdout });
  });
}
