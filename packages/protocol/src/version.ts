import { protocolError } from './errors.ts';

/** The wire version, `major.minor`. Unknown fields of a newer minor are ignored; another major is refused. */
export const protocolVersion = '1.0';

/**
 * Accepts a peer that speaks the same major version.
 *
 * @throws HOLDFAST_PROTOCOL_VERSION_UNSUPPORTED
 */
export function assertCompatibleVersion(theirs: string): void {
  if (major(theirs) === major(protocolVersion)) return;
  throw protocolError(
    'HOLDFAST_PROTOCOL_VERSION_UNSUPPORTED',
    `Cannot speak protocol ${JSON.stringify(theirs)}: this side speaks ${protocolVersion}`,
    { data: { theirs, ours: protocolVersion } },
  );
}

function major(version: string): string {
  return version.split('.', 1)[0] ?? '';
}
