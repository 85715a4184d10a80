import { joinPath } from './join-path.js';
import { JoinPage } from './page/join-page.js';

const path = joinPath(new URL(location.href));
// Served at another address it has nothing to show.
if (path === undefined) location.replace('/');
else new JoinPage(path).start();
