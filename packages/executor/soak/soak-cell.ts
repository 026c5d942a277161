/** A cell as a long session has them: one in ten declares a name again, the others use what is there. */
export function soakCell(index: number): string {
  const name = `name${Math.floor(index / 10) % 100}`;
  return index % 10 === 0 ? `const ${name} = { index: ${index}, uses: 0 }; ${name}.index` : `${name}.uses += 1`;
}
