/** RSA keys of fewer bits are refused, in lists and in signatures alike. */
export const MIN_RSA_BITS = 2_048;
/** Larger exponents only make signatures of strangers expensive to verify; exponents in use have at most 3 bytes. */
export const MAX_RSA_EXPONENT_BYTES = 4;

/** Why this server refuses signatures of an RSA key; undefined if it accepts them. Both numbers are unsigned and big-endian. */
export function rsaFault(exponent: Uint8Array, modulus: Uint8Array): string | undefined {
  if (bitLength(modulus) < MIN_RSA_BITS) {
    return `the RSA key is below ${MIN_RSA_BITS.toLocaleString('en')} bits, so it lets nobody in`;
  }
  return bitLength(exponent) > 8 * MAX_RSA_EXPONENT_BYTES ? "the RSA key's exponent is too large" : undefined;
}

/** Bits of an unsigned number, leading zeros left out. */
function bitLength(number: Uint8Array): number {
  const first = number.findIndex((byte) => byte !== 0);
  return first < 0 ? 0 : (number.length - first) * 8 - (Math.clz32(number[first] ?? 0) - 24);
}
