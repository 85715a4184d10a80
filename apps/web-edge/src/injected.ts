export const WEB_EDGE = Symbol('shipmate:web-edge');
export const VISITORS = Symbol('shipmate:visitors');
