/** Asks about each thing once, and remembers the answer. */
export function once<Asked, Answer>(ask: (asked: Asked) => Answer): (asked: Asked) => Answer {
  const known = new Map<Asked, { readonly answer: Answer }>();
  return (asked) => {
    const found = known.get(asked) ?? { answer: ask(asked) };
    known.set(asked, found);
    return found.answer;
  };
}
