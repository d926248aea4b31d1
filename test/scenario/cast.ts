/** What people of a story do in Slack, in the words of the story. */
import { actionIds } from '../../src/adapters/slack/render/action-ids.ts';
import type { Channel, Message } from '../../src/sandbox/slack/workspace.ts';
import { type Stage, textOf } from './stage.ts';

const deadlineMs = 60_000;

export function castOf(stage: Pick<Stage, 'slack' | 'complaints'>) {
  const { slack } = stage;

  const fail = (what: string, cause: unknown): never => {
    const told = [...slack.workspace.channels.values()].flatMap((channel) =>
      channel.messages.map((message) => `#${channel.name}: ${textOf(message).slice(0, 200)}`),
    );
    throw new Error([`It did not come to pass: ${what}`, ...told, ...stage.complaints()].join('\n'), { cause });
  };

  async function channel(prefix: string): Promise<Channel> {
    return slack
      .waitFor(({ channels }) => [...channels.values()].find(({ name }) => name.startsWith(prefix)), deadlineMs)
      .catch((error: unknown) => fail(`a channel ${prefix}…`, error));
  }

  async function message(
    where: Channel,
    what: string,
    holds: (text: string, message: Message) => boolean,
  ): Promise<Message> {
    return slack
      .waitFor(() => where.messages.findLast((candidate) => holds(textOf(candidate), candidate)), deadlineMs)
      .catch((error: unknown) => fail(what, error));
  }

  const isMessageOf =
    (kind: string) =>
    (_: string, { metadata }: Message) => {
      const key = metadata?.event_payload['key'];
      return typeof key === 'string' && key.startsWith(`${kind}:`);
    };

  /** Presses the button of the step whose command holds this text, on the newest runbook card. */
  async function useStep(user: string, where: Channel, written: string): Promise<void> {
    const command = written.replaceAll('<', '&lt;').replaceAll('>', '&gt;'); // as mrkdwn has it
    const card = await message(
      where,
      `a runbook card with ${command}`,
      (text, candidate) => isMessageOf('posting')(text, candidate) && text.includes(command),
    );
    const block = card.blocks?.find(
      (candidate) =>
        JSON.stringify(candidate).includes(JSON.stringify(command).slice(1, -1)) && 'accessory' in candidate,
    );
    // Every step's button is its section's accessory.
    const accessory = block?.['accessory'] as { value?: string; action_id?: string } | undefined;
    if (!accessory?.value || !accessory.action_id) return fail(`a button for ${command}`, textOf(card));
    await expectOk(
      slack.as(user).click({ channel: where.id, ts: card.ts }, { action: accessory.action_id, value: accessory.value }),
    );
  }

  /** The newest plan in the channel that waits for votes and whose text holds this. */
  const plan = (where: Channel, words: string): Promise<Message> =>
    message(
      where,
      `a plan about ${words}`,
      (text, candidate) =>
        isMessageOf('proposal')(text, candidate) &&
        text.includes(words) &&
        JSON.stringify(candidate.blocks).includes(actionIds.approve),
    );

  async function expectOk(answer: Promise<{ status: number | undefined; body: unknown }>): Promise<void> {
    const { status, body } = await answer;
    if (status !== 200) fail(`a gesture that is answered with 200, not ${status}`, body);
  }

  const press = (user: string, where: Channel, on: Message, action: string): Promise<void> =>
    expectOk(slack.as(user).click({ channel: where.id, ts: on.ts }, action));

  return {
    channel,
    message,
    isMessageOf,
    useStep,
    plan,
    approve: (user: string, where: Channel, on: Message) => press(user, where, on, actionIds.approve),
    deny: (user: string, where: Channel, on: Message) => press(user, where, on, actionIds.deny),
    undo: (user: string, where: Channel, on: Message) => press(user, where, on, actionIds.undo),
    resolve: (user: string, where: Channel, on: Message) => press(user, where, on, actionIds.resolve),
    command: (user: string, where: Channel, command: string, text: string) =>
      expectOk(slack.as(user).command(command, text, where.id)),
    /** The form in front of somebody, once it is more than a waiting view. */
    form: (user: string, words: string) =>
      slack
        .waitFor(() => {
          const view = slack.modal(user);
          return view && JSON.stringify(view).includes(words) ? view : undefined;
        }, deadlineMs)
        .catch((error: unknown) => fail(`a form about ${words}`, error)),
    submit: (user: string, view: { id: string }, values: Record<string, unknown>) =>
      slack.as(user).submit(view, values),
    /** What one person alone was told in this channel. */
    told: (user: string, where: Channel, words: string) =>
      slack
        .waitFor(
          () => where.ephemerals.find((candidate) => candidate.shownTo === user && textOf(candidate).includes(words)),
          deadlineMs,
        )
        .catch((error: unknown) => fail(`${user} being told about ${words}`, error)),
    run: (where: Channel, words: string) =>
      message(
        where,
        `a run that says ${words}`,
        (text, candidate) => isMessageOf('run')(text, candidate) && text.includes(words),
      ),
  };
}
