/** Draws who is in a channel, and whom I may add to it, as behind the faces in Slack's channel head. */
import { html, nothing, type TemplateResult } from 'lit-html';
import type { Channel, Person } from '../../protocol.ts';
import type { SlackContext } from './context.ts';
import { closeDetails, closeOnEscape } from './element-view.ts';
import { tryAct } from './gestures.ts';

export function membersView(context: SlackContext, channel: Channel, refuse: (text: string) => void): TemplateResult {
  const { people, me } = context;
  const { members } = channel;
  const names = members.map((id) => people[id]?.realName ?? id).toSorted();
  const others = Object.values(people).filter((one) => one.canAct && !members.includes(one.id));
  const mayInvite = members.includes(me.id) && !channel.isArchived;
  const invite = async (event: Event, person: Person): Promise<void> => {
    closeDetails(event);
    const outcome = await tryAct(context, { do: 'invite', channel: channel.id, person: person.id });
    if (outcome.ok) context.announce(`${person.realName} was added to #${channel.name}.`);
    else refuse(outcome.text);
  };
  return html`<details class="sl-overflow" @keydown=${closeOnEscape}>
    <summary class="sl-quiet">${members.length} ${members.length === 1 ? 'member' : 'members'}</summary>
    <ul class="sl-menu">
      ${names.map((one) => html`<li class="sl-menu-line">${one}</li>`)}
      ${
        mayInvite
          ? others.map(
              (person) => html`<li>
                <button type="button" class="sl-menu-item" @click=${(event: Event) => void invite(event, person)}>
                  Invite ${person.realName}
                </button>
              </li>`,
            )
          : nothing
      }
    </ul>
  </details>`;
}
