/** What to try next, in a strip that takes its own room and covers nothing. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { Shell } from '../shell.ts';
import type { SlackContext } from '../slack/context.ts';
import { messageDomId } from '../slack/show-message.ts';
import { messagesOf, single } from '../table.ts';
import { inlineText } from './inline-text.ts';
import { type Lead, leadTo } from './lead-there.ts';
import { markCut } from './mark-cut.ts';

/** Keeps which sentence somebody wanted to read whole: a phone shows three lines, and the next one is short again. */
export function createGuideStrip() {
  let wholeText: string | undefined;

  return (shell: Shell, context: SlackContext | undefined, hide: () => void): TemplateResult | typeof nothing => {
    const guide = single(shell.table, 'guide');
    if (guide === undefined || context === undefined) return nothing;
    const lead =
      guide.at === undefined
        ? undefined
        : leadTo(guide.at, (channel, ts) => messagesOf(shell.table, channel).find((message) => message.ts === ts));
    const isWhole = wholeText === guide.text;
    const toggle = (): void => {
      wholeText = isWhole ? undefined : guide.text;
      shell.changed();
    };
    return html`
      <section class="guide" aria-label="What to try next">
        ${guide.steps > 0 ? stepView(guide) : nothing}
        <p class="guide-text" id="guide-text" aria-live="polite" ?data-whole=${isWhole} ${markCut()}>
          ${inlineText(context, guide.text)}
        </p>
        <button
          class="button small quiet guide-more"
          data-guide="more"
          aria-expanded=${isWhole}
          aria-controls="guide-text"
          @click=${toggle}
        >
          ${isWhole ? 'Less' : 'More'}
        </button>
        ${lead === undefined ? nothing : leadView(shell, lead)}
        <button class="button small quiet" data-guide="hide" @click=${hide}>Hide<span class="unseen"> the guide</span></button>
      </section>
    `;
  };
}

function stepView({ step, steps }: { readonly step: number; readonly steps: number }): TemplateResult {
  return html`<p class="guide-step">
    <span class="unseen">Step </span>${step}<span aria-hidden="true">/</span><span class="unseen"> of </span>${steps}
  </p>`;
}

function leadView(shell: Shell, lead: Lead): TemplateResult {
  const show = (): void => {
    shell.go(lead.go);
    if (lead.spot !== undefined) shell.pointAt(spotName(lead.spot));
  };
  return html`<button class="button small primary" data-guide="show" @click=${show}>${lead.label}</button>`;
}

/** Messages are known by their ids in the page. */
function spotName(spot: NonNullable<Lead['spot']>): string {
  return 'name' in spot ? spot.name : messageDomId(spot.frame, spot.channel, spot.ts);
}
