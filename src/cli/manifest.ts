/** `firebreak manifest --http URL | --socket` */
import { stringify } from 'yaml';
import { type Receiving, slackManifest } from '../adapters/slack/manifest.ts';
import { parseFlags, UsageError } from './usage.ts';

const help = `Usage: firebreak manifest --http URL | --socket [--private] [--json]

Prints the Slack app's manifest: create the app at https://api.slack.com/apps (“Create New App”, “From a manifest”) with
it, install it, and give serve its tokens.

  --http URL   Slack sends its requests to URL/slack/events, so Slack must reach it: https, from the internet.
               serve then needs SLACK_BOT_TOKEN and SLACK_SIGNING_SECRET.
  --socket     Firebreak opens sockets to Slack (Socket Mode): no address needed, nothing to open in a firewall.
               serve then needs SLACK_BOT_TOKEN and SLACK_APP_TOKEN: make an app-level token with the scope
               connections:write on the app's “Basic Information” page.
  --private    for slack.visibility: private in firebreak.yaml; groups:* scopes instead of channels:*
  --json       JSON instead of YAML
`;

export const manifest = {
  help,
  async run(args: string[]): Promise<number> {
    const { values } = parseFlags({
      args,
      options: {
        http: { type: 'string' },
        socket: { type: 'boolean' },
        private: { type: 'boolean' },
        json: { type: 'boolean' },
      },
    });
    const made = slackManifest(readReceiving(values), values.private ? 'private' : 'public');
    process.stdout.write(values.json ? `${JSON.stringify(made, undefined, 2)}\n` : stringify(made));
    return 0;
  },
};

function readReceiving({ http, socket }: { http?: string | undefined; socket?: boolean | undefined }): Receiving {
  if ((http === undefined) !== (socket === true)) {
    throw new UsageError('Say how Slack reaches Firebreak: --http URL or --socket, one of the two.');
  }
  if (http === undefined) return { over: 'socket' };
  const url = URL.canParse(http) ? new URL(http) : undefined;
  if (url?.protocol !== 'https:') throw new UsageError('--http takes an https address, which is all that Slack calls.');
  if (url.username || url.password || url.search || url.hash) {
    throw new UsageError('--http takes an address without a user, a query or a fragment.');
  }
  return { over: 'http', url: url.href };
}
