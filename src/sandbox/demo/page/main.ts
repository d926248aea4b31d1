/** The demo's page. */
import { startPage } from './page.ts';

const root = document.getElementById('page');
const announcer = document.getElementById('announcer');
if (root === null || announcer === null) throw new Error('index.html has no #page or no #announcer');
startPage(root, announcer);
