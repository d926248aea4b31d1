/** What the people of a story see and do: waits with a deadline, and gestures in Slack's client. */
import { elementsOf, isObject } from '../slack/block-kit/check.ts';
import type { SandboxSlack } from '../slack/start.ts';
import type { Channel, Message, Workspace } from '../slack/workspace.ts';
import { readMessage } from './block-text.ts';
import { plainText } from './text.ts';

/** The story does not go on: what should have come to pass, and what there was instead. */
export class StoryBroken extends Error {
  constructor(expected: string, there: readonly string[], cause?: unknown) {
    super([`Expected: ${expected}`, 'There was:', ...there.map((one) => `  ${one}`)].join('\n'), { cause });
  }
}

export function createStage(slack: SandboxSlack, deadlineMs: number) {
  const { workspace } = slack;
  const textOf = (message: Message): string => textIn(workspace, message);

  /** Resolves with the first truthy answer of `look`, asked again after every change of the workspace. */
  async function see<T>(expected: string, look: () => T | undefined | false, withinMs = deadlineMs): Promise<T> {
    try {
      // What is truthy is neither undefined nor false.
      return (await slack.waitFor(look, withinMs)) as T;
    } catch (cause) {
      if (cause instanceof StoryBroken) throw cause;
      throw new StoryBroken(`${expected}, within ${withinMs / 1_000} s`, inSlack(workspace), cause);
    }
  }

  /** Presses a button by its label, on the newest version of the message. */
  async function press(user: string, channel: Channel, message: Message, label: string, near?: string): Promise<void> {
    const blocks = message.blocks?.filter((block) => near === undefined || JSON.stringify(block).includes(near)) ?? [];
    const element = blocks
      .flatMap(elementsOf)
      .find((one) => isObject(one.text) && one.text.text === label && one.type === 'button');
    if (element === undefined) {
      throw new StoryBroken(`a button “${label}” for ${user}`, textOf(message).split('\n'));
    }
    const { status, body } = await slack.as(user).click(
      { channel: channel.id, ts: message.ts },
      // The sandbox took these from the message's own JSON.
      { action: String(element.action_id), ...(typeof element.value === 'string' ? { value: element.value } : {}) },
    );
    if (status !== 200) throw new StoryBroken(`“${label}” answered with 200`, [`${status}: ${body}`]);
  }

  return {
    see,
    press,
    textOf,
    channel: (prefix: string): Promise<Channel> =>
      see(`a channel #${prefix}…`, () =>
        [...workspace.channels.values()].find((channel) => channel.name.startsWith(prefix)),
      ),
    /** The newest message of this kind that holds all of these words. */
    message: (channel: Channel, kind: MessageKind, expected: string, words: readonly string[] = []): Promise<Message> =>
      see(expected, () =>
        channel.messages.findLast(
          (message) => kindOf(message) === kind && words.every((word) => textOf(message).includes(word)),
        ),
      ),
  };
}

export type Stage = ReturnType<typeof createStage>;

/** What a message is about, by the metadata that it carries on the wire. */
export type MessageKind = 'incident' | 'posting' | 'step' | 'proposal' | 'run' | 'offer';

export function kindOf({ metadata }: Message): string | undefined {
  const key = metadata?.event_payload['key'];
  return typeof key === 'string' ? key.split(':', 1)[0] : undefined;
}

function textIn(workspace: Workspace, message: Message): string {
  const nameOf = (id: string): string => workspace.users.get(id)?.name ?? workspace.userGroups.get(id)?.handle ?? id;
  return readMessage(message, { nameOf, now: new Date(workspace.now()) })
    .map(plainText)
    .join('\n');
}

/** Every message in a line of its own, for somebody who wonders what went wrong. */
function inSlack(workspace: Workspace): string[] {
  const lines = [...workspace.channels.values()].flatMap((channel) =>
    [...channel.messages, ...channel.ephemerals].map(
      (message) => `#${channel.name}: ${textIn(workspace, message).replaceAll('\n', ' ⏎ ').slice(0, 300)}`,
    ),
  );
  return lines.length > 0 ? lines : ['no message in any channel'];
}
