import { createHash } from 'node:crypto';

/** `SHA256:` and unpadded base64 of a key's wire form, as `ssh-keygen -l` prints it. */
export function fingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
