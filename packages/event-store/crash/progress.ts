/** One line on the standard error that says how far a stage is; in a terminal it is written over, in a log it comes ten times. */
export function progress(stage: string, total: number): { readonly step: (done: number) => void; readonly end: () => void } {
  const every = process.stderr.isTTY ? 1 : Math.max(1, Math.ceil(total / 10));
  return {
    step: (done) => {
      if (done % every === 0) process.stderr.write(process.stderr.isTTY ? `\r${stage}: ${done} of ${total} ` : `${stage}: ${done} of ${total}\n`);
    },
    end: () => {
      if (process.stderr.isTTY) process.stderr.write('\r\u001b[K');
    },
  };
}
