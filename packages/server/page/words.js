/** How long ago, in words. */
export function ago(instant) {
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(instant)) / 1000));
  if (seconds < 5) return 'just now';
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

export function duration(milliseconds) {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 60_000) return `${(milliseconds / 1000).toFixed(1)} s`;
  return `${Math.floor(milliseconds / 60_000)} min ${Math.round((milliseconds % 60_000) / 1000)} s`;
}

// oxlint-disable-next-line eslint/no-control-regex -- these are what is looked for
const controls = /\u001B\[[0-?]*[ -/]*[@-~]|\u001B\][^\u0007\u001B]*(?:\u0007|\u001B\\)|[\u0000-\u0008\u000B\u000C\u000E-\u001F\u007F\u202A-\u202E\u2066-\u2069]/gu;

/** What a program printed, without what would steer a terminal or turn the direction of text. */
export function plain(text) {
  return String(text).replaceAll(controls, '');
}

/** The first line, no longer than so many characters. */
export function brief(text, most = 80) {
  const line = plain(text).trim().split('\n', 1)[0] ?? '';
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}

const marks = { ok: '✓', completed: '✓', running: '●', started: '●', waiting: '?', error: '✗', failed: '✗', cancelled: '■', suspended: '◌', created: '○', queued: '○', ready: '○', idle: '○' };

/** A state is told by its sign and its word; the colour only repeats it. */
export function sign(state) {
  return `${marks[state] ?? '·'} ${state}`;
}
