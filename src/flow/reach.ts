/** Whom a service's actions reach: its cluster, and what it has besides; and how one read is run there. */
import type { ChangeAction, ClusterChange, DockerChangeAction, HttpSendAction } from '../domain/change-action.ts';
import { OperationError } from '../domain/errors.ts';
import type {
  DockerReadAction,
  EchoAction,
  HttpReadAction,
  QueryAction,
  ReadAction,
  SingleRead,
} from '../domain/read-action.ts';
import type { Actor, Cluster, ReadAnswer, ReadContext, Reader, Resolution, ResolveContext } from './ports.ts';
import { runFilters } from './run-filters.ts';

/** What firebreak.yaml gives a service besides its cluster. */
export type Remotes = {
  readonly http?: Reader<HttpReadAction<string>> & Actor<HttpSendAction<string>>;
  readonly prometheus?: Reader<QueryAction<string>>;
  readonly docker?: Reader<DockerReadAction<string>> & Actor<DockerChangeAction<string>>;
};
export type Reach = Remotes & { readonly cluster: Cluster };

/** What a read's shell would print and exit with: its program's text through its filters, link after link. */
export async function runReading(reach: Reach, action: ReadAction, context: ReadContext): Promise<ReadAnswer> {
  if (action.type !== 'chain') return runSingle(reach, action, context);
  let text = '';
  let exitCode = 0;
  let truncated = false;
  for (const { when, read } of action.links) {
    if (when !== 'always' && (when === 'succeeded') !== (exitCode === 0)) continue;
    const answer = await runSingle(reach, read, context);
    text += answer.text;
    exitCode = answer.exitCode;
    truncated ||= answer.truncated;
  }
  return { text, exitCode, truncated };
}

/** The program's streams as its redirections leave them; only its output goes through the filters, errors stand behind. */
async function runSingle(reach: Reach, action: SingleRead, context: ReadContext): Promise<ReadAnswer> {
  const { filters = [], streams = {}, ...program } = action;
  const apart = filters.length > 0 || streams.out !== undefined || streams.err !== undefined;
  const raw = await readBy(reach, program, apart ? { ...context, apart } : context);
  const errors = raw.errorText ?? '';
  const printed = streams.out === 'dropped' ? '' : raw.text.slice(0, raw.text.length - errors.length);
  const out = streams.err === 'to-out' ? printed + errors : printed;
  const errorText = streams.err === undefined ? errors : '';
  const filtered =
    filters.length === 0
      ? { text: out }
      : await runFilters(filters, { text: out, exitCode: raw.exitCode }, { signal: context.signal });
  return {
    exitCode: raw.exitCode,
    truncated: raw.truncated,
    ...filtered,
    text: filtered.text + errorText,
    ...(errorText !== '' && { errorText }),
  };
}

function readBy(reach: Reach, action: SingleRead, context: ReadContext): Promise<ReadAnswer> {
  if (action.type === 'echo') return Promise.resolve(echo(action));
  if (action.type === 'http-read') {
    return (reach.http ?? missing('policy for HTTP requests (http)')).read(action, context);
  }
  if (action.type === 'query') return (reach.prometheus ?? missing('Prometheus (prometheus)')).read(action, context);
  if (action.type === 'docker-read') return (reach.docker ?? missing('Docker host (docker)')).read(action, context);
  return reach.cluster.read(action, context);
}

const echo = ({ text, newline }: EchoAction<string>): ReadAnswer => ({
  text: newline === false ? text : `${text}\n`,
  exitCode: 0,
  truncated: false,
});

function missing(what: string): never {
  throw new OperationError(
    'not-configured',
    `This service has no ${what} in firebreak.yaml. Add it, or do this by hand.`,
    {
      retryable: false,
    },
  );
}

/** Who carries a change out. */
export function actorOf(reach: Reach, action: ChangeAction): Actor {
  if (action.type === 'http-send') {
    return only(reach.http ?? missing('policy for HTTP requests (http)'), (each) => each.type === 'http-send');
  }
  if (action.type === 'docker-change') {
    return only(reach.docker ?? missing('Docker host (docker)'), (each) => each.type === 'docker-change');
  }
  return only(
    reach.cluster,
    (each): each is ClusterChange => each.type !== 'http-send' && each.type !== 'docker-change',
  );
}

/** The same actor for callers that do not know the kind; it was chosen by the action that it is given. */
const only = <A extends ChangeAction>(actor: Actor<A>, is: (action: ChangeAction) => boolean): Actor => ({
  ...actor,
  resolve(action: ChangeAction, context: ResolveContext): Promise<Resolution> {
    if (!is(action)) throw new TypeError(`${action.type} came to the wrong actor`);
    // `is` has just said so.
    return actor.resolve(action as A, context);
  },
});
