import { errorFactory, type ErrorTable } from '@holdfast/protocol';

/** Every error that `@holdfast/server` answers or throws by itself. */
export const errorTable = {
  HOLDFAST_SERVER_VALIDATION: {
    meaning: 'A request has a field that is missing, unknown or of the wrong type, or its body is no JSON.',
    mend: 'Correct the field that the message names',
  },
  HOLDFAST_SERVER_UNSUPPORTED_MEDIA_TYPE: {
    meaning: 'A request has a body that is not application/json.',
    mend: 'Send JSON with the header content-type: application/json',
  },
  HOLDFAST_SERVER_BODY_TOO_LARGE: {
    meaning: 'The body of a request is larger than the server accepts; `maxBodyBytes` of `startServer` says how much that is.',
    mend: 'Send less at once: split the program, or have it read its data from a file',
  },
  HOLDFAST_SERVER_NOT_FOUND: {
    meaning: 'The server has nothing at this path, or not for this method.',
    mend: 'See the README of @holdfast/server for what there is',
  },
  HOLDFAST_SERVER_UNAUTHORIZED: {
    meaning: 'The request has no token, or a wrong one.',
    mend: 'Send the header authorization: Bearer TOKEN; the server keeps its token in the file "token" in its data folder',
  },
  HOLDFAST_SERVER_FORBIDDEN_HOST: {
    meaning: 'The Host header names another host than this server. This protects against web pages that rebind their name.',
    mend: 'Use the address that the server printed, or add the name to its allowed hosts',
  },
  HOLDFAST_SERVER_FORBIDDEN_ORIGIN: {
    meaning: 'A web page of another origin made the request.',
    mend: 'Use a page of this server, or add the origin to its allowed origins',
  },
  HOLDFAST_SERVER_PORT_IN_USE: {
    meaning: 'Another program listens on the port.',
    mend: 'Stop that program, or choose another port with --port; --port 0 takes a free one',
  },
  HOLDFAST_SERVER_CANNOT_LISTEN: {
    meaning: 'The address cannot be listened on: it is not of this machine, or the port needs more rights.',
    mend: 'Choose another --host or --port',
  },
  HOLDFAST_SERVER_UNKNOWN_VERSION: {
    meaning: 'A client wants to go on after a version that its stream has not reached: its copy is of another log.',
    mend: 'Forget what you have of the stream and follow it from version 0',
  },
  HOLDFAST_SERVER_STALE_VERSION: {
    meaning: 'The request speaks of a version of the task that is not the newest. Nothing was done.',
    mend: 'Read the task again, decide again, and send its version',
    retriable: true,
  },
  HOLDFAST_SERVER_IDEMPOTENCY_MISMATCH: {
    meaning: 'An idempotency key came again with another request.',
    mend: 'Choose a new key for a new request',
  },
  HOLDFAST_SERVER_RATE_LIMITED: {
    meaning: 'The client sent more requests in a short time than the server allows it.',
    mend: 'Wait as long as the header retry-after says',
    retriable: true,
  },
  HOLDFAST_SERVER_OVERLOADED: {
    meaning: 'More requests are under way than the server takes.',
    mend: 'Wait as long as the header retry-after says',
    retriable: true,
  },
  HOLDFAST_SERVER_CLOSING: {
    meaning: 'The server is shutting down and begins nothing new.',
    mend: 'Try again when it is back',
    retriable: true,
  },
  HOLDFAST_SERVER_TOKEN_REQUIRED: {
    meaning: 'A server that others can reach was to start without a token. It runs code, so it refuses.',
    mend: 'Set a token with --token, or listen on 127.0.0.1',
  },
  HOLDFAST_SERVER_LINK_EXPIRED: {
    meaning: 'A link to the page was opened a second time, or too late.',
    mend: 'Run `holdfast open` again, or paste the token',
  },
} as const satisfies ErrorTable;

export const serverError = errorFactory(errorTable);
