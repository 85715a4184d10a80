/** Public keys as ssh-keygen printed them; nobody has the private keys. */
export const ED25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMM77Ecw60SY+kZicWBkvnsxBshP+yZfBim82jh8t47D';
export const ECDSA_256 =
  'ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBByFro2x17uSU5D7V/ivKgkCExIlaV/p0eXkBMfyNnigNs5Y5+AYATIX7kBYHyXttJJwb+txpACQJBqu5lkIN3E=';
export const ECDSA_521 =
  'ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBADOYSEuH9Ks4m8sFMi1eB9hwtmCVNvpTSvj6nbaCkszEkyC8hpESkLurTDgUhoYtxPgXTUQl4tb9v+9TsA2uAzvIgH6AW1lEgnph/pA+W4PfZwjyvEf5G71A111b5k7I53f8CdabRocfw0XX+hpgEn2JO5+TklrTlfTcp1OhLCtkfNNEg==';
export const RSA_2048 =
  'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQCI6ClcepYp0B0Wkg0PoeMhA1jYiG1S1xDZ5a1fr4lubXAxc85AyvkBd15czc84I0YGNV9BamCeB9ANMYZQkQrfdKcRq/PLU/hBUxJcmuyzZ69TVXByd/+ss5j/QX8wj6ca6GlDBdY0szU0OWJiu5qcK8KW9N+UrI3yVAHwPNfC8+xTbyLfoziQpvJpjr6ybMBEQJa7s9kxjpxyKal4e3L4JPBi/ixM+fYPGApsUD0t4lVZF1XmiF6EmHQ4mmAiKRX1hVyQmsX7oh1TGu9Zunhz9FX739SDcJOG7v4tV3PJwOYIPVtiB3jJdX5XBMsdQ3WEwwgUGNO9rj22tzmd58DV';
export const ED25519_FINGERPRINT = 'SHA256:E6fgRWZ8rrJkChEsVisN8wV3BP+o33edO9xaF93hVe8';

/** The wire form of a key line without options. */
export const blobOf = (line: string): Uint8Array => Buffer.from(line.split(' ')[1] ?? '', 'base64');

/** A key line made from the fields that follow the type in its wire form. */
export function lineOf(type: string, ...fields: readonly (Uint8Array | string)[]): string {
  const parts = [type, ...fields].flatMap((field) => {
    const bytes = Buffer.from(field);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return [length, bytes];
  });
  return `${type} ${Buffer.concat(parts).toString('base64')}`;
}
