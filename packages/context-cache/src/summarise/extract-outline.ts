/** What can be said of code without parsing it, so that broken code can be summarised too. */

/** The first sentence of the first doc comment. */
export function firstComment(source: string): string {
  const comment = /\/\*\*([\s\S]*?)\*\//u.exec(source)?.[1] ?? /^\s*\/\/(.*)$/mu.exec(source)?.[1] ?? '';
  const text = comment.replaceAll(/^\s*\*+ ?/gmu, '').split(/\n\s*(?:\n|@)/u, 1).join('').replaceAll(/\s+/gu, ' ').trim();
  return /^.*?[.!?](?=\s|$)/u.exec(text)?.[0] ?? text;
}

/** Lines that declare something, as far as their bodies. */
export function declarationLines(source: string): string[] {
  const lines = source.split('\n').filter((line) => /^\s*(?:export\b|(?:async\s+)?function\b|class\b|interface\b|type\s+\w+|const\s+\w+\s*=\s*(?:async\s*)?\(|(?:public|private|protected|static|async|get|set)\s+[\w#]+\s*\()/u.test(line));
  return lines.map((line) => line.trim().replace(/\s*(?:\{|=>).*$/u, ''));
}

/** The names of functions and methods. */
export function functionNames(source: string): string[] {
  const names = [...source.matchAll(/(?:function\s*\*?\s*|const\s+)([\w$]+)\s*(?:=\s*(?:async\s*)?(?:\([^)]*\)|[\w$]+)\s*(?::[^=]+)?=>|\()/gu)].map(([, name = '']) => name);
  return [...new Set(names)];
}

/** The modules that are imported. */
export function importedModules(source: string): string[] {
  const names = [...source.matchAll(/(?:from\s*|import\s*\(?\s*|require\(\s*)['"]([^'"]+)['"]/gu)].map(([, name = '']) => name);
  return [...new Set(names)];
}

/** What reaches out of the code: input and output, time, randomness, and changes of what is not its own. */
export function sideEffects(source: string): string[] {
  const signs: readonly (readonly [string, RegExp])[] = [
    ['writes to the console', /\bconsole\.\w+\(/u],
    ['reads or writes files', /\b(?:readFile|writeFile|appendFile|unlink|mkdir|rm|createWriteStream)(?:Sync)?\s*\(/u],
    ['uses the network', /\bfetch\s*\(|\bhttps?\.(?:get|request)\b/u],
    ['reads the clock', /\bDate\.now\s*\(|new Date\s*\(\s*\)|performance\.now/u],
    ['uses randomness', /\bMath\.random\s*\(|\brandom(?:UUID|Bytes)\b/u],
    ['starts timers', /\bset(?:Timeout|Interval)\s*\(/u],
    ['changes this', /\bthis\.[\w#]+\s*(?:[-+*/|&^%]|\?\?|\|\||&&)?=(?!=)/u],
    ['throws', /\bthrow\b/u],
  ];
  return signs.filter(([, sign]) => sign.test(source)).map(([name]) => name);
}

/** The beginning, the end, and the declarations between them, in at most so many characters. */
export function sampleSource(source: string, maxCharacters: number): string {
  if (source.length <= maxCharacters) return source;
  const part = Math.floor(maxCharacters / 3);
  const [head, tail] = [source.slice(0, part), source.slice(-part)];
  const middle = declarationLines(source.slice(part, -part)).join('\n').slice(0, part - 80);
  return wellFormed(`${head}\n… declarations of the part left out:\n${middle}\n…\n${tail}`.slice(0, maxCharacters));
}


function wellFormed(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed().replaceAll('\uFFFD', '');
}
