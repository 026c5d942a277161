/** What a value looks like in bytes. Says nothing of where a message begins and ends: that is framing. */
export interface Codec {
  encode(value: unknown): Uint8Array;
  /** @throws HOLDFAST_PROTOCOL_BAD_PAYLOAD */
  decode(bytes: Uint8Array): unknown;
}
