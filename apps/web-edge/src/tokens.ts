export const WEB_EDGE = Symbol('shipmate:web-edge');
export const TRUSTED_PROXIES = Symbol('shipmate:trusted-proxies');
export const CLIENT_ASSETS = Symbol('shipmate:client-assets');
