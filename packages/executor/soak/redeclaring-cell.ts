/** A cell that declares one of a hundred names again. */
export function redeclaringCell(index: number): string {
  return `const name${index % 100} = { index: ${index} }; name${index % 100}.index`;
}
