/** The same object without fields that are undefined, as optional fields are meant inside. */
export function present<Part extends object>(part: Part): { [Name in keyof Part]: Exclude<Part[Name], undefined> } {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what is undefined was just taken out
  return Object.fromEntries(Object.entries(part).filter(([, value]) => value !== undefined)) as { [Name in keyof Part]: Exclude<Part[Name], undefined> };
}
