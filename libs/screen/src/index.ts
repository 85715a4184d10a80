export { Row } from './row.js';
