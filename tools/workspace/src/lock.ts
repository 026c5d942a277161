/** What the check reads of package-lock.json. */
export interface Lock {
  readonly packages: Readonly<Record<string, { readonly resolved?: string; readonly optionalDependencies?: Readonly<Record<string, string>> }>>;
}

/**
 * What would break the lock file on another machine: an optional dependency without an entry, so that the binary of
 * some platform is missing there, and an address of the registry of this one.
 */
export function lockFaults({ packages }: Lock): string[] {
  const entries = Object.entries(packages);
  const addresses = entries
    .filter(([, { resolved }]) => resolved && /^https?:/.test(resolved))
    .map(([path, { resolved }]) => `"${path}" names the address "${resolved}"`);
  const missing = entries.flatMap(([path, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !isLocked(packages, path, name))
      .map((name) => `"${path}" names "${name}", which has no entry`),
  );
  return addresses.concat(missing);
}

/** Looks for an entry as Node does: in the package's own node_modules, then in that of each folder above. */
function isLocked(packages: Lock['packages'], path: string, name: string): boolean {
  if (`${path && `${path}/`}node_modules/${name}` in packages) return true;
  return path !== '' && isLocked(packages, path.includes('/node_modules/') ? path.slice(0, path.lastIndexOf('/node_modules/')) : '', name);
}
