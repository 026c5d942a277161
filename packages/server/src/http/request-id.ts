import { randomBytes } from 'node:crypto';

/** Names requests: what is random tells servers and their restarts apart, a number the requests of one. */
export function requestIds(): () => string {
  const server = randomBytes(9).toString('base64url');
  let count = 0;
  return () => {
    count += 1;
    return `${server}-${count.toString(36)}`;
  };
}
