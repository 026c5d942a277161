/** A value in its kept form. Nothing else crosses the engine, so the engine cannot bend it. */
export class Encoded {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A failure in its kept form, as it is thrown. */
export class EncodedFailure extends Error {
  readonly text: string;

  constructor(text: string) {
    super('A failure in its kept form');
    this.text = text;
  }
}
