/** One law of a port, as a test without a runner: `test(each.name, () => each.run(open))`. */
export interface ContractCase<Open> {
  /** A sentence that says what must hold. */
  readonly name: string;
  /** Settles when it holds, rejects when it does not. */
  run(open: Open): Promise<void>;
}
