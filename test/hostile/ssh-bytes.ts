import { bytesOf } from './attack.js';

/** The fields of SSH's messages (RFC 4251, 5), as `bytesOf` reads them. */
export const u8 = (value: number): string => String.fromCharCode(value & 255);
export const u32 = (value: number): string =>
  u8(Math.floor(value / 2 ** 24)) + u8(value >>> 16) + u8(value >>> 8) + u8(value);
export const string = (text: string): string => u32(text.length) + text;
export const flag = (value: boolean): string => u8(value ? 1 : 0);

/** A packet before keys are exchanged (RFC 4253, 6); a padding or a length of one's own makes it a wrong one. */
export function packet(payload: string, lies: { padding?: number; length?: number } = {}): Buffer {
  const fitting = 8 - ((payload.length + 5) % 8);
  const padding = lies.padding ?? (fitting < 4 ? fitting + 8 : fitting);
  const length = lies.length ?? 1 + payload.length + padding;
  return bytesOf(u32(length) + u8(padding) + payload + '\0'.repeat(padding));
}

/** Numbers of messages (RFC 4250, 4.1). */
export const Message = {
  disconnect: 1,
  ignore: 2,
  unimplemented: 3,
  debug: 4,
  serviceRequest: 5,
  extInfo: 7,
  kexinit: 20,
  newkeys: 21,
  kexdhInit: 30,
  userauthRequest: 50,
  globalRequest: 80,
  channelOpen: 90,
  windowAdjust: 93,
  channelData: 94,
  channelExtendedData: 95,
  channelEof: 96,
  channelClose: 97,
  channelRequest: 98,
} as const;
