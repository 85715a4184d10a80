export { addressKey, plainAddress } from './address.js';
export { AddressRanges, inCidrs, isCidr } from './address-ranges.js';
export { hostNamesIn, matchesFrom } from './address-pattern.js';
export { clientAddress } from './client-address.js';
export type { ForwardedHeader, ForwardedRequest, ForwardedTrust } from './client-address.js';
export { AccessList, barredText } from './access-list.js';
export type { Barred } from './access-list.js';
