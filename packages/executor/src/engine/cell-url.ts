/**
 * What V8 calls a cell that stands for a file. Spaces and parentheses, which divide the text of a stack frame, are left out
 * of it.
 */
export function cellUrl(filename: string): string {
  return encodeURI(filename).replaceAll('(', '%28').replaceAll(')', '%29');
}
