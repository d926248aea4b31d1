/**
 * What the app sent and Slack would not take: blocks, views and texts beyond the documented limits. A refusal that
 * belongs to normal life (a rate limit, a name that is taken) is none.
 */
import { complaintsOf, type SlackRefusal } from '../slack/methods/refusal.ts';
import type { SandboxSlack } from '../slack/start.ts';
import type { ApiRequest } from '../slack/web-api.ts';
import type { Watched } from './host.ts';
import type { Alarm } from './protocol.ts';
import { createListeners } from '../listeners.ts';

const alarmsMax = 50;

/** Errors that a correct app never gets, by Slack's pages on each method. */
const wrong: ReadonlySet<string> = new Set([
  'duplicate_external_id',
  'invalid_arg_name',
  'invalid_arguments',
  'invalid_array_arg',
  'invalid_attachments',
  'invalid_blocks',
  'invalid_blocks_format',
  'invalid_json',
  'invalid_metadata_format',
  'invalid_metadata_schema',
  'markdown_text_conflict',
  'metadata_too_large',
  'missing_argument',
  'msg_blocks_too_long',
  'msg_too_long',
  'no_text',
  'push_limit_reached',
  'too_long',
  'too_many_attachments',
  'unknown_method',
  'view_too_large',
]);

export type Alarms = Watched<readonly Alarm[]> & {
  /** Raised for what was no Web API call: a form that the app answered with, the text after a command. */
  raise(what: string, refusal: SlackRefusal): void;
  /** False when there is no such alarm. */
  dismiss(id: string): boolean;
  stop(): void;
};

export function createAlarms(slack: Pick<SandboxSlack, 'requests' | 'onAnswered' | 'workspace'>): Alarms {
  const listeners = createListeners();
  const alarms: Alarm[] = [];
  let last = 0;

  function add(atMs: number, title: string, details: readonly string[]): void {
    last += 1;
    alarms.unshift({ id: `alarm-${last}`, at: new Date(atMs).toISOString(), title, details });
    alarms.splice(alarmsMax);
    listeners.tell();
  }

  function look({ method, answered, atMs, complaints = [] }: ApiRequest): void {
    if (answered !== undefined && wrong.has(answered)) add(atMs, `${method}: ${answered}`, complaints);
  }

  for (const request of slack.requests) look(request);
  const stop = slack.onAnswered(look);

  return {
    look: () => [...alarms],
    onChange: listeners.add,
    raise: (what, refusal) => add(slack.workspace.now(), `${what}: ${refusal.code}`, complaintsOf(refusal)),
    dismiss(id) {
      const at = alarms.findIndex((alarm) => alarm.id === id);
      if (at < 0) return false;
      alarms.splice(at, 1);
      listeners.tell();
      return true;
    },
    stop,
  };
}
