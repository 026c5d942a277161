import { errorFactory, type ErrorTable } from '@holdfast/protocol/error';

/** Every error that `@holdfast/client` throws by itself; those of the server come as they are. */
export const errorTable = {
  HOLDFAST_CLIENT_UNREACHABLE: {
    meaning: 'The server did not answer, or closed the connection before it had.',
    mend: 'Check that it runs and that the address is right; the same call with the same idempotency key is safe',
    retriable: true,
  },
  HOLDFAST_CLIENT_UNEXPECTED_ANSWER: {
    meaning: 'What answered is no Holdfast server, or one of another version.',
    mend: 'Check the address, and that client and server are of one version',
  },
  HOLDFAST_CLIENT_STREAM_REFUSED: {
    meaning: 'The server closed a stream and will not open it again: the token is wrong, or there is no such session or task.',
    mend: 'See the close code in the data of the error',
  },
} as const satisfies ErrorTable;

export const clientError = errorFactory(errorTable);
