/** The guide's sentences: mrkdwn on one line, without anything to press. */
import { html, type TemplateResult } from 'lit-html';
import type { Shell } from '../shell.ts';
import { readMrkdwn } from '../slack/mrkdwn.ts';
import type { Inline } from '../slack/prose.ts';
import { channelOf, single } from '../table.ts';

export function inlineText(shell: Shell, mrkdwn: string): TemplateResult[] {
  return readMrkdwn(mrkdwn).flatMap((paragraph) =>
    paragraph.kind === 'list' || paragraph.kind === 'rule' ? [] : [html`${drawn(shell, paragraph.of)} `],
  );
}

function drawn(shell: Shell, parts: readonly Inline[]): TemplateResult[] {
  return parts.map((part) => {
    switch (part.kind) {
      case 'text':
        return html`${part.text}`;
      case 'bold':
        return html`<strong>${drawn(shell, part.of)}</strong>`;
      case 'italic':
      case 'underline':
        return html`<em>${drawn(shell, part.of)}</em>`;
      case 'strike':
        return html`<s>${drawn(shell, part.of)}</s>`;
      case 'code':
        return html`<code>${drawn(shell, part.of)}</code>`;
      case 'link':
        return html`${drawn(shell, part.of)}`;
      case 'user':
        return html`<strong>${single(shell.table, 'people')?.[part.id]?.realName ?? part.id}</strong>`;
      case 'channel':
        return html`<strong>#${channelOf(shell.table, part.id)?.name ?? part.label ?? part.id}</strong>`;
      case 'group':
        return html`<strong>@${single(shell.table, 'groups')?.[part.id]?.handle ?? part.label ?? part.id}</strong>`;
      case 'broadcast':
        return html`<strong>@${part.range}</strong>`;
      case 'date':
        return html`${part.fallback}`;
      case 'emoji':
        return html`${part.characters}`;
    }
  });
}
