/** Where everything has to be there, nothing may be skipped. */
export const isCi = process.env['CI'] === 'true';
