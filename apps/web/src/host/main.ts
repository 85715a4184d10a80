import { HostPage } from './host-page.js';

new HostPage().start();
