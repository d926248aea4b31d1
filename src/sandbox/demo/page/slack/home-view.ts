/** Draws the app's home page as it was published to the person. */
import { html, type TemplateResult } from 'lit-html';
import type { JsonObject } from '../../protocol.ts';
import { avatarView } from '../avatar.ts';
import { blocksView } from './block-view.ts';
import { readBlocks } from './blocks.ts';
import type { SlackContext } from './context.ts';
import { textIn } from './json.ts';
import { refusalsView } from './message-view.ts';

export function homeView(
  context: SlackContext,
  { home, bot }: { readonly home: JsonObject | null; readonly bot: string },
): TemplateResult {
  const spot = { me: context.me.id, place: { view: home ? (textIn(home, 'id') ?? '') : '' } };
  return html`<section class="sl-pane" aria-label="App Home">
    <header class="sl-channel-head">
      <div class="sl-channel-title">
        ${avatarView(context.people, bot)}
        <h2>${context.people[bot]?.realName ?? 'App'}: Home</h2>
        <span class="sl-badge">APP</span>
      </div>
    </header>
    <div class="sl-list-frame">
      <div class="sl-list-scroll" tabindex="0" role="region" aria-label="Home page">
        <div class="sl-home">
          ${
            home
              ? html`${blocksView({ context, spot, frame: 'home' }, readBlocks(home))}${refusalsView(context, spot)}`
              : html`<p class="sl-empty">The app has published nothing to ${context.me.realName} yet. It does so when its home is opened.</p>`
          }
        </div>
      </div>
    </div>
  </section>`;
}
