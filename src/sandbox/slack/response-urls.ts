import { addEphemeral, addMessage, ownMessage, rewrite } from './methods/chat.ts';
import { type Content, contentArguments, hasContent, readContent } from './methods/message.ts';
import { type Arguments, readArguments } from './methods/arguments.ts';
import { SlackRefusal } from './methods/refusal.ts';
import { dropOldest } from './oldest.ts';
import { findMessage, type JsonObject, type MessageRef, type Workspace } from './workspace.ts';

/** A response_url may be used 5 times within 30 minutes ("Handling user interaction"). */
const usesMax = 5;
const lifeMs = 30 * 60_000;
const textMax = 40_000;
/** Far more than are used within their life. */
const issuedMax = 5000;

/** Where an answer through a response_url goes. */
interface Source {
  userId: string;
  channelId: string;
  /** The message whose button was used; none for a command. */
  message: MessageRef | undefined;
}

export interface ResponseUrls {
  issue(source: Source): string;
  /** Answers `POST /response/<id>`: HTTP status and body. */
  use(id: string, sent: ReadonlyMap<string, unknown>): { status: number; body: JsonObject };
  /** Puts an answer where it belongs, as for the body of a command's HTTP answer. Throws `SlackRefusal`. */
  say(source: Source, sent: ReadonlyMap<string, unknown>): void;
}

export function createResponseUrls(workspace: Workspace, origin: () => string): ResponseUrls {
  const issued = new Map<string, Source & { uses: number; atMs: number }>();

  function say(source: Source, sent: ReadonlyMap<string, unknown>): void {
    const args = readArguments(sent, {
      ...contentArguments,
      response_type: 'text',
      replace_original: 'flag',
      delete_original: 'flag',
      thread_ts: 'text',
    });
    const original = source.message && findMessage(workspace, source.message);
    if (args.flag('delete_original', false)) {
      if (!original) throw new SlackRefusal('message_not_found');
      removeFrom(original.channel, original.message.ts);
      return;
    }
    const content = readContent(workspace, args, textMax);
    if (!hasContent(content)) throw new SlackRefusal('no_text');
    if (args.flag('replace_original', false) && original) return rewrite(original.message, content);
    post(source, content, args);
  }

  function post(source: Source, content: Content, args: Arguments): void {
    const channel = workspace.channels.get(source.channelId);
    if (!channel) throw new SlackRefusal('channel_not_found');
    const message = ownMessage(workspace, content, args.text('thread_ts'));
    if (args.text('response_type') === 'in_channel') addMessage(channel, message);
    else addEphemeral(channel, { ...message, shownTo: source.userId });
  }

  return {
    say,
    issue(source) {
      const id = crypto.randomUUID().replaceAll('-', '');
      issued.set(id, { ...source, uses: 0, atMs: workspace.now() });
      dropOldest(issued, issuedMax);
      return `${origin()}/response/${id}`;
    },
    use(id, sent) {
      const url = issued.get(id);
      if (!url) return { status: 404, body: { ok: false, error: 'no_url' } };
      if (workspace.now() - url.atMs > lifeMs) return { status: 404, body: { ok: false, error: 'expired_url' } };
      if (url.uses >= usesMax) return { status: 404, body: { ok: false, error: 'used_url' } };
      url.uses += 1;
      try {
        say(url, sent);
        return { status: 200, body: { ok: true } };
      } catch (error) {
        if (!(error instanceof SlackRefusal)) throw error;
        return { status: 200, body: { ok: false, error: error.code, ...error.extra } };
      }
    },
  };
}

function removeFrom(channel: { messages: { ts: string }[]; ephemerals: { ts: string }[] }, ts: string): void {
  for (const kept of [channel.messages, channel.ephemerals]) {
    const at = kept.findIndex((one) => one.ts === ts);
    if (at >= 0) kept.splice(at, 1);
  }
}
