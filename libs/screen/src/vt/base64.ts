const DIGITS = new Int8Array(128).fill(-1);
for (const [value, digit] of Array.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/').entries()) {
  DIGITS[digit.charCodeAt(0)] = value;
}

/** The bytes that `text` encodes (RFC 4648, padding optional); undefined if it is not base64. */
export function decodeBase64(text: Uint8Array): Uint8Array | undefined {
  let end = text.length;
  while (end > 0 && text[end - 1] === 0x3d) end--;
  if (text.length - end > 2 || end % 4 === 1) return undefined;
  const data = new Uint8Array(Math.floor((end * 3) / 4));
  let bits = 0;
  let out = 0;
  for (let i = 0; i < end; i++) {
    const digit = DIGITS[text[i] ?? 0xff] ?? -1;
    if (digit < 0) return undefined;
    bits = ((bits << 6) | digit) & 0xffffff;
    if (i % 4 !== 0) data[out++] = (bits >>> (6 - 2 * (i % 4))) & 0xff;
  }
  return data;
}
