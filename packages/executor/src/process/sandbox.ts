/**
 * The command line of bubblewrap for a worker at the level `sandbox`: namespaces of its own for processes, network,
 * users and the file system, without any capability, and a root that holds the system's programs, the packages, the
 * session's directory and the session's own folder, of which only the last can be written. Other descriptors than the
 * standard ones pass through, so the channel to the host does. See ADR 0030.
 */
import { existsSync, lstatSync, readlinkSync } from 'node:fs';
import { hiddenPlaces, isFolder, isInside, leadsOut, readablePaths, withRealPaths, type GrantedPaths } from './granted-paths.ts';

export const sandboxProgram = 'bwrap';

/** What programs need of the system. What a system lacks is left out. */
const systemFolders = ['/usr', '/bin', '/sbin', '/lib', '/lib32', '/lib64', '/nix/store'];
/** What names, time zones and certificates need; nothing that tells of accounts or secrets. */
const systemFiles = ['/etc/ld.so.cache', '/etc/ld.so.conf', '/etc/ld.so.conf.d', '/etc/localtime', '/etc/nsswitch.conf', '/etc/ssl/certs', '/etc/ssl/openssl.cnf', '/etc/alternatives'];

/** @param program the program that runs inside, by its path */
export function sandboxArguments(granted: GrantedPaths, program: string): string[] {
  const { directory, writableDirectory, hiddenPaths } = granted;
  const readable = withRealPaths([program, ...readablePaths(granted)]).toSorted(); // a folder before what is in it
  const outsideSystem = readable.filter((path) => !systemFolders.some((folder) => isInside(path, folder)));
  const own = outsideSystem.filter((path) => !leadsOut(path, outsideSystem)); // where it leads is among them too
  const hidden = hiddenPlaces(own, hiddenPaths);
  const hiddenFolders = hidden.filter(isFolder);
  const mounts: readonly (readonly string[])[] = [
    ['--unshare-all', '--die-with-parent', '--cap-drop', 'ALL'],
    ...[...systemFolders, ...systemFiles].map(systemMount),
    ['--proc', '/proc', '--dev', '/dev'],
    ...own.map((path) => ['--ro-bind', path, path]),
    ...hidden.map((path) => (isFolder(path) ? ['--tmpfs', path] : ['--ro-bind', '/dev/null', path])),
    ['--bind', writableDirectory, writableDirectory],
    ...[...hiddenFolders, '/dev', '/'].map((path) => ['--remount-ro', path]),
    ['--chdir', directory, '--'],
  ];
  return mounts.flat();
}

function systemMount(path: string): string[] {
  if (!existsSync(path)) return [];
  return lstatSync(path).isSymbolicLink() ? ['--symlink', readlinkSync(path), path] : ['--ro-bind', path, path];
}
