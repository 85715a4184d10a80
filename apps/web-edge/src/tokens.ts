export const WEB_EDGE = Symbol('shipmate:web-edge');
export const WEB_LIMITER = Symbol('shipmate:web-limiter');
export const TRUSTED_PROXIES = Symbol('shipmate:trusted-proxies');
export const CLIENT_ASSETS = Symbol('shipmate:client-assets');
