export const add = (left, right) => left + right;
export const url = import.meta.url;
