/** Something that speaks Slack's Web API, with our adapter in front of it. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SlackOptions } from '../../src/sandbox/slack/start.ts';
import type { Slack } from '../../src/adapters/slack/slack.ts';

export type ChatUnderTest = Pick<Slack, 'chat' | 'directory' | 'botUserId'> & {
  readonly alice: { readonly id: string; readonly email: string };
  /** A public channel that others made, and in which we are not. */
  readonly general: string;
  /** Alice writes; she is let into the channel first. */
  say(channel: string, text: string, threadTs?: string): Promise<{ readonly ts: string }>;
  /** What a person sees there now. */
  look(channel: string): Promise<Seen>;
  homeOf(user: string): Promise<string>;
  /** The next call of this method is done, and its answer is lost. */
  loseReply(method: string): void;
  close(): Promise<void>;
};

export type Seen = {
  readonly topic: string;
  readonly members: readonly string[];
  /** `ts` of messages. */
  readonly pins: readonly string[];
  readonly bookmarks: readonly { readonly title: string; readonly link: string }[];
  /** Of people and apps, oldest first, in threads too; announcements of the place itself left out. */
  readonly messages: readonly {
    readonly ts: string;
    readonly text: string;
    readonly threadTs?: string;
    /** All that is in its blocks, as JSON. */
    readonly blocks: string;
    readonly metadata?: unknown;
  }[];
};

export const users = [
  { id: 'U0ALICE', name: 'alice', realName: 'Alice Okafor', email: 'alice@example.com' },
  { id: 'U0BOB', name: 'bob', realName: 'Bob Lindqvist', email: 'bob@example.com' },
] as const satisfies SlackOptions['users'];

/** Passes calls on, and loses the answers that it is told to lose. */
export async function openApiRelay(apiUrl: string) {
  const losing = new Set<string>();
  const server = createServer((request, response) => {
    const pass = async (): Promise<void> => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) if (Buffer.isBuffer(chunk)) chunks.push(chunk);
      const method = (request.url ?? '').slice('/api/'.length);
      const answer = await fetch(new URL(method, apiUrl), {
        method: 'POST',
        headers: {
          authorization: request.headers.authorization ?? '',
          'content-type': request.headers['content-type'] ?? '',
        },
        body: Buffer.concat(chunks),
      });
      const body = await answer.text();
      if (losing.delete(method)) {
        response.destroy();
        return;
      }
      response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' }).end(body);
    };
    pass().catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  // A listening TCP server has an AddressInfo.
  const { port } = server.address() as AddressInfo;
  return {
    apiUrl: `http://127.0.0.1:${port}/api/`,
    loseReply: (method: string) => void losing.add(method),
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
