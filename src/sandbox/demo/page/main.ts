/** The demo's page. */
import { html, render } from 'lit-html';

render(html`<h1>Firebreak</h1>`, document.body);
