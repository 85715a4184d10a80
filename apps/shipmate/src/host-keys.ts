import { HostKeys } from '#ssh';

/** Makes the host keys that `directory` lacks; answers the lines of `tmate.conf` by which hosts know them. */
export async function hostKeys(directory: string): Promise<string> {
  const { fingerprints } = await HostKeys.load(directory);
  return [
    `set -g tmate-server-ed25519-fingerprint "${fingerprints.ed25519}"`,
    `set -g tmate-server-rsa-fingerprint "${fingerprints.rsa}"`,
    '',
  ].join('\n');
}
