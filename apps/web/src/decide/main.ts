import { DecidePage } from './decide-page.js';

new DecidePage().start();
