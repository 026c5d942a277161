/** What a value looks like in bytes. Says nothing of where a message begins and ends: that is framing. */
export interface Codec {
  /** @param headroom how many bytes to leave free in front, for a header */
  encode(value: unknown, headroom?: number): Uint8Array;
  /** @throws HOLDFAST_PROTOCOL_BAD_PAYLOAD */
  decode(bytes: Uint8Array): unknown;
}
