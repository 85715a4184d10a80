export { directoryContract } from './contracts/directory.js';
export type { DirectoryHarness } from './contracts/directory.js';
