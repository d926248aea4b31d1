/** A person's face: initials on a colour, the same wherever the person is shown. Nothing is loaded. */
import { html, type TemplateResult } from 'lit-html';
import type { Person } from '../protocol.ts';
import { hueOf, initialsOf } from './avatar-look.ts';

export function avatarView(people: Readonly<Record<string, Person>>, id: string): TemplateResult {
  const person = people[id];
  const hue = person?.isBot ? 'app' : hueOf(people, id);
  return html`<span class="avatar" data-hue=${hue} ?data-guest=${person?.isGuest ?? false} aria-hidden="true"
    >${person?.isBot ? '🔥' : initialsOf(person?.realName ?? id)}</span
  >`;
}
