import { OperatorPage } from './operator-page.js';

void new OperatorPage().start();
