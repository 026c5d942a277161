/** Speaks with the server that this page came from: requests, and streams that survive every loss of connection. */

const tokenKey = 'holdfast.token';
let token = sessionStorage.getItem(tokenKey) ?? undefined;

/** Keeps the token for as long as this tab lives. */
export function keepToken(given) {
  token = given;
  if (given === undefined) sessionStorage.removeItem(tokenKey);
  else sessionStorage.setItem(tokenKey, given);
}

/** What the server answers to a request that it refuses. */
class Refused extends Error {
  constructor(status, problem) {
    super([problem.detail ?? `The server answers ${status}`, problem.hint].filter(Boolean).join('. '));
    this.status = status;
    this.code = problem.code;
  }
}

/** @throws Refused, or Error where the server is not there */
export async function call(method, path, body) {
  const headers = {
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...(method !== 'GET' && { 'idempotency-key': crypto.randomUUID() }),
  };
  let answer;
  try {
    answer = await fetch(path, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) });
  } catch {
    throw new Error('The server cannot be reached; is it running?');
  }
  const text = await answer.text();
  const value = text === '' ? null : JSON.parse(text);
  // A server that is not healthy says so with 503, and that is an answer.
  if (!answer.ok && path !== '/health') throw new Refused(answer.status, value ?? {});
  return value;
}

const heartbeatMs = 15_000;
/** After these to come back makes no sense. */
const refusals = new Set([1008, 1009, 4400, 4401, 4403, 4404, 4409, 4410]);

/**
 * Follows a stream from its beginning: every message once and in order, whatever becomes of the connection.
 *
 * @param {string} path `/ws/…`
 * @param {{ onMessages: (messages: object[]) => void, onState: (state: 'live' | 'lost' | 'ended' | 'refused', reason?: string) => void, signal: AbortSignal }} options
 */
export function follow(path, { onMessages, onState, signal }) {
  let last = 0;
  let attempt = 0;
  let timer;
  let socket;
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    socket?.close(1000);
  });
  open();

  function open() {
    const address = `${location.origin.replace(/^http/u, 'ws')}${path}?from=${last}&batch=256&heartbeatMs=${heartbeatMs}`;
    const current = new WebSocket(address, ['holdfast.v1', ...(token === undefined ? [] : [`holdfast.token.${base64url(token)}`])]);
    socket = current;
    watch(current);
    current.addEventListener('message', ({ data }) => {
      if (signal.aborted || socket !== current) return;
      watch(current);
      take(JSON.parse(data), current);
    });
    current.addEventListener('close', ({ code, reason }) => lose(current, code, reason));
  }

  function take(frame, current) {
    if (frame.type === 'heartbeat' && frame.stream === undefined) {
      attempt = 0;
      onState('live');
      return;
    }
    const messages = (frame.events ?? (frame.stream === undefined ? [] : [frame])).filter(({ version }) => version > last);
    if (messages.length === 0) return;
    if (messages[0].version > last + 1) {
      current.close(1000); // something was lost on the way: come back for it
      lose(current, 1006, '');
      return;
    }
    last = messages.at(-1).version;
    onMessages(messages);
  }

  function lose(current, code, reason) {
    if (signal.aborted || socket !== current) return;
    socket = undefined;
    clearTimeout(timer);
    if (code === 1000) return onState('ended');
    if (refusals.has(code)) return onState('refused', reason);
    onState('lost');
    timer = setTimeout(open, 100 + Math.random() * Math.min(30_000, 250 * 2 ** attempt));
    attempt += 1;
    return undefined;
  }

  /** A server that says nothing for so long is gone, whatever the network thinks. */
  function watch(current) {
    clearTimeout(timer);
    timer = setTimeout(() => {
      current.close(1000);
      lose(current, 1006, '');
    }, heartbeatMs * 2.5);
  }
}

function base64url(text) {
  return btoa(String.fromCodePoint(...new TextEncoder().encode(text))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}
