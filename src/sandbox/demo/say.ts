/** What a person types below a channel: a message, or a command when it begins with a slash. */
import type { Person } from '../slack/person.ts';
import { findChannel, type Workspace } from '../slack/workspace.ts';
import { failureOf } from './answer-failure.ts';
import type { DemoHost } from './host.ts';
import { refused } from './outcome.ts';
import type { Gesture, Outcome } from './protocol.ts';

type Said = Gesture & { readonly do: 'say' };

/** Throws `PersonRefused` where the person may not write. */
export async function say(
  { slack, commands }: Pick<DemoHost, 'slack' | 'commands'>,
  person: Person,
  { as, channel: channelId, text, thread }: Said,
): Promise<Outcome> {
  const line = text.trim();
  if (line === '') return refused('There is nothing to send yet.');
  const channel = findChannel(slack.workspace, channelId);
  if (channel?.isArchived) return refused('This channel is archived. Nobody can write in it.');
  if (!line.startsWith('/')) {
    if (thread !== undefined && !channel?.messages.some(({ ts }) => ts === thread)) {
      return refused('The message of this thread is gone.');
    }
    if (channel?.members.has(as) === false)
      return refused(`You are not in #${channel.name}. Ask somebody in it to add you.`);
    await person.say(channelId, onWire(slack.workspace, line), thread);
    return { ok: true };
  }
  const [command = '', ...rest] = line.split(/\s/);
  if (!commands.some((one) => one.command === command)) return refused(`${command} is not a valid command.`);
  if (thread !== undefined) return refused(`${command} is not supported in threads. Sorry!`);
  const answer = await person.command(command, rest.join(' ').trim(), channelId);
  const failure = failureOf(answer);
  return failure === undefined ? { ok: true } : refused(`${command} failed. ${failure}`);
}

/** As Slack's client sends it: markup made harmless, names of people and channels turned into mentions. */
function onWire({ users, channels }: Workspace, text: string): string {
  const people = new Map([...users.values()].map(({ id, name }) => [name, id]));
  const open = new Map([...channels.values()].filter((one) => !one.isPrivate).map(({ id, name }) => [name, id]));
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll(/(?<![\w@])@([a-z0-9._-]*[a-z0-9])/g, (typed, name: string) => {
      const id = people.get(name);
      return id === undefined ? typed : `<@${id}>`;
    })
    .replaceAll(/(?<![\w#&])#([a-z0-9_-]+)/g, (typed, name: string) => {
      const id = open.get(name);
      return id === undefined ? typed : `<#${id}|${name}>`;
    });
}
