/**
 * The JSON object in what a model wrote: the whole text, else what stands in a fence, else the first object whose braces
 * balance. Undefined where there is none. Nothing is invented: text that is cut off stays unreadable.
 */
export function findJson(text: string): unknown {
  for (const candidate of candidates(text)) {
    const value = parse(candidate);
    if (typeof value === 'object' && value !== null) return value;
  }
  return undefined;
}

function* candidates(text: string): Iterable<string> {
  yield text;
  for (const [, fenced = ''] of text.matchAll(/```(?:json)?\s*([\s\S]*?)```/gu)) yield fenced;
  for (let start = text.indexOf('{'); start !== -1; start = text.indexOf('{', start + 1)) {
    const end = balancedEnd(text, start);
    if (end === undefined) return;
    yield text.slice(start, end);
  }
}

function balancedEnd(text: string, start: number): number | undefined {
  let depth = 0;
  let isInText = false;
  for (let at = start; at < text.length; at += 1) {
    const character = text[at];
    if (character === '\\' && isInText) at += 1;
    else if (character === '"') isInText = !isInText;
    else if (!isInText && character === '{') depth += 1;
    else if (!isInText && character === '}' && (depth -= 1) === 0) return at + 1;
  }
  return undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // the next candidate may be JSON
  }
}
