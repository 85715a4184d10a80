export { contrast } from './contrast.js';
export { FAVICON, lifebelt } from './lifebelt.js';
export { TOKENS_CSS } from './colours.js';
