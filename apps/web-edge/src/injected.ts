export const WEB_EDGE = Symbol('shipmate:web-edge');
export const CLIENT_ASSETS = Symbol('shipmate:client-assets');
export const VISITORS = Symbol('shipmate:visitors');
