/** What to try next, in a strip that takes its own room and covers nothing. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { Shell } from '../shell.ts';
import { messagesOf, single } from '../table.ts';
import { messageDomId } from '../slack/show-message.ts';
import { inlineText } from './inline-text.ts';
import { type Lead, leadTo } from './lead-there.ts';

export function guideStrip(shell: Shell, hide: () => void): TemplateResult | typeof nothing {
  const guide = single(shell.table, 'guide');
  if (guide === undefined) return nothing;
  const lead =
    guide.at === undefined
      ? undefined
      : leadTo(guide.at, (channel, ts) => messagesOf(shell.table, channel).find((message) => message.ts === ts));
  return html`
    <section class="guide" aria-label="What to try next">
      <p class="guide-step">
        <span class="unseen">Step </span>${guide.step}<span aria-hidden="true">/</span><span class="unseen"> of </span>${guide.steps}
      </p>
      <p class="guide-text" aria-live="polite">${inlineText(shell, guide.text)}</p>
      ${
        lead === undefined
          ? nothing
          : html`<button
              class="button small primary"
              data-guide="show"
              @click=${() => {
                shell.go(lead.go);
                if (lead.spot !== undefined) shell.pointAt(spotName(lead.spot));
              }}
            >
              ${lead.label}
            </button>`
      }
      <button class="button small quiet" data-guide="hide" @click=${hide}>Hide<span class="unseen"> the guide</span></button>
    </section>
  `;
}

/** Messages are known by their ids in the page. */
function spotName(spot: NonNullable<Lead['spot']>): string {
  return 'name' in spot ? spot.name : messageDomId(spot.frame, spot.channel, spot.ts);
}
