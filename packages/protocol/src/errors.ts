import { errorFactory, type ErrorTable } from './error/error-table.ts';

/** Every error that `@holdfast/protocol` throws. */
export const errorTable = {
  HOLDFAST_PROTOCOL_INTERNAL: {
    meaning: 'Something failed that is not part of the contract; its text stays on the machine where it happened.',
    mend: 'Look into the log of the other side',
  },
  HOLDFAST_PROTOCOL_INVALID_MESSAGE: {
    meaning: 'A message lacks a field, has one of the wrong type, or is of an unknown type.',
    mend: 'Compare the message with its schema in @holdfast/protocol',
  },
  HOLDFAST_PROTOCOL_BAD_PAYLOAD: {
    meaning: 'The bytes of a frame are not one MessagePack value. The connection is closed.',
    mend: 'Check that nothing else writes to the channel',
  },
  HOLDFAST_PROTOCOL_FRAME_TOO_LARGE: {
    meaning: 'A frame announces, or a message needs, more bytes than the limit. Nothing of it is sent or kept.',
    mend: 'Send less at once, or raise maxFrameBytes on both sides',
  },
  HOLDFAST_PROTOCOL_FRAME_TRUNCATED: {
    meaning: 'The byte stream ended in the middle of a frame.',
    mend: 'The other side died while it was writing; start it again',
  },
  HOLDFAST_PROTOCOL_TRANSPORT_CLOSED: {
    meaning: 'A message was sent, or an answer awaited, on a transport that is closed.',
    mend: 'Open a new transport',
  },
  HOLDFAST_PROTOCOL_TRANSPORT_CLAIMED: {
    meaning: 'A transport has one reader, and a second one asked to read.',
    mend: 'Listen through the connection that owns the transport',
  },
  HOLDFAST_PROTOCOL_VERSION_UNSUPPORTED: {
    meaning: 'The two sides speak different major versions of the protocol.',
    mend: 'Install the same major version of @holdfast/protocol on both sides',
  },
  HOLDFAST_PROTOCOL_INVALID_ID: {
    meaning: 'An id is empty, longer than 256 characters, or has control characters in it.',
    mend: 'Use 1 to 256 characters without control characters',
  },
} as const satisfies ErrorTable;

export const protocolError = errorFactory(errorTable);
