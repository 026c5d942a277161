/** What an acknowledged write survives. `power`: a power cut. `process`: `kill -9`, not a power cut. */
export type Durability = 'power' | 'process';
