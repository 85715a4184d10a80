export { sendProblem } from './answer.js';
export type { Answer } from './answer.js';
export { BackplaneModule } from './backplane.module.js';
export { sendNoRoute } from './no-route.js';
export { EdgeModule } from './edge.module.js';
export { startProcess } from './start-process.js';
export type { Front } from './front.js';
export { BACKPLANE, EDGE, PLATFORM } from './injected.js';
export type { Platform } from './injected.js';
