/** The lead bytes of MessagePack that this protocol uses, and what follows each of them. */
export const Lead = {
  fixarray: 0x90,
  fixstr: 0xa0,
  nil: 0xc0,
  bin8: 0xc4,
  bin16: 0xc5,
  bin32: 0xc6,
  uint8: 0xcc,
  uint16: 0xcd,
  uint32: 0xce,
  uint64: 0xcf,
  int8: 0xd0,
  int16: 0xd1,
  int32: 0xd2,
  int64: 0xd3,
  str8: 0xd9,
  str16: 0xda,
  str32: 0xdb,
  array16: 0xdc,
  array32: 0xdd,
  negativeFixint: 0xe0,
} as const;

/** What a lead byte begins. `other` is nil, a boolean or a float: skipped where anything may stand, refused in a field. */
export const Kind = { int: 0, bytes: 1, array: 2, other: 3, refused: 4 } as const;

/** By lead byte: its `Kind`. */
export const LEAD_KIND = new Uint8Array(256);
/**
 * By lead byte: how many bytes follow that belong to it: an integer's own, or those of a length or count. 0 where the
 * lead byte holds it all.
 */
export const LEAD_EXTRA = new Uint8Array(256);

function define(first: number, last: number, kind: number, extra: (lead: number) => number): void {
  for (let lead = first; lead <= last; lead++) {
    LEAD_KIND[lead] = kind;
    LEAD_EXTRA[lead] = extra(lead);
  }
}
const doubling =
  (first: number, start = 1) =>
  (lead: number) =>
    start << (lead - first);
const none = () => 0;

define(0x00, 0x7f, Kind.int, none);
// Maps and extensions are no part of the protocol, and 0xc1 is no part of MessagePack.
define(0x80, 0x8f, Kind.refused, none);
define(0x90, 0x9f, Kind.array, none);
define(0xa0, 0xbf, Kind.bytes, none);
define(0xc0, 0xc0, Kind.other, none);
define(0xc1, 0xc1, Kind.refused, none);
define(0xc2, 0xc3, Kind.other, none);
define(0xc4, 0xc6, Kind.bytes, doubling(0xc4));
define(0xc7, 0xc9, Kind.refused, none);
define(0xca, 0xcb, Kind.other, doubling(0xca, 4));
define(0xcc, 0xcf, Kind.int, doubling(0xcc));
define(0xd0, 0xd3, Kind.int, doubling(0xd0));
define(0xd4, 0xd8, Kind.refused, none);
define(0xd9, 0xdb, Kind.bytes, doubling(0xd9));
define(0xdc, 0xdd, Kind.array, doubling(0xdc, 2));
define(0xde, 0xdf, Kind.refused, none);
define(0xe0, 0xff, Kind.int, none);

/** By lead byte: how many bytes an integer takes with it; 0 where it begins something else. */
export const NUMBER_BYTES = LEAD_KIND.map((kind, lead) => (kind === Kind.int ? 1 + (LEAD_EXTRA[lead] ?? 0) : 0));

/** What a lead byte without extra bytes contains: an integer's value, a length or a count. */
export function leadValue(lead: number): number {
  if (lead < 0x80) return lead;
  if (lead >= Lead.negativeFixint) return lead - 256;
  if (lead < Lead.fixstr) return lead & 0x0f;
  return lead & 0x1f;
}
