/** Text that comes in pieces as lines. Only a line feed ends one: `node:readline` also breaks at U+2028, which JSON does not escape. */
export async function* linesOf(pieces: AsyncIterable<unknown>): AsyncGenerator<string, undefined> {
  let rest: string[] = [];
  for await (const piece of pieces) {
    const lines = String(piece).split('\n');
    const [first = ''] = lines;
    if (lines.length === 1) {
      rest.push(first);
      continue;
    }
    yield [...rest, first].join('');
    yield* lines.slice(1, -1);
    rest = [lines.at(-1) ?? ''];
  }
  if (rest.some((part) => part !== '')) yield rest.join('');
}
