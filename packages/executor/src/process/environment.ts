/** Variables that a program needs to find its way, and none that could be a secret. */
const harmless = ['PATH', 'HOME', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'TEMP', 'TMP', 'SystemRoot', 'USERPROFILE', 'NODE_COMPILE_CACHE'];

/** The environment of a worker: what is harmless of ours, and what the caller grants. */
export function workerEnvironment(own: NodeJS.ProcessEnv, granted: Readonly<Record<string, string>>): Record<string, string> {
  const passed = harmless.flatMap((name) => (own[name] === undefined ? [] : [[name, own[name]] as const]));
  return { ...Object.fromEntries(passed), ...granted };
}
