/** The guide's sentences: mrkdwn on one line, without anything to press. */
import { html, type TemplateResult } from 'lit-html';
import type { SlackContext } from '../slack/context.ts';
import { readMrkdwn } from '../slack/mrkdwn.ts';
import { inlinesView } from '../slack/prose-view.ts';

export function inlineText(context: SlackContext, mrkdwn: string): TemplateResult[] {
  return readMrkdwn(mrkdwn).flatMap((paragraph) =>
    paragraph.kind === 'list' || paragraph.kind === 'rule'
      ? []
      : [html`${inlinesView(context, paragraph.of, { withLinks: false })} `],
  );
}
