import { fingerprintLines } from '#edge';
import { HostKeys } from '#ssh';

/** Makes the host keys that `directory` lacks; returns the lines of `tmate.conf` by which hosts know them. */
export async function hostKeys(directory: string): Promise<string> {
  const { fingerprints } = await HostKeys.load(directory);
  return [...fingerprintLines(fingerprints), ''].join('\n');
}
