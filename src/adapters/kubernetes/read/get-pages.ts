/** The requests of one kind or one object that `kubectl get` prints. */
import type { GetAction } from '../../../domain/read-action.ts';
import type { Json } from '../../../domain/json.ts';
import type { Connection } from '../connection.ts';
import { pathOf, type Kind } from '../discovery.ts';
import { ApiRefusal } from '../errors.ts';
import { readPages, type PagesEnd } from './pages.ts';

export type GetScope = {
  readonly namespace: string;
  readonly signal: AbortSignal;
  /** Bytes of text that are wanted. */
  readonly textLimit: number;
  /** A sentence when this may not be read. */
  readonly outside: (kind: Kind) => string | undefined;
};

export type Wanted = { readonly kind: Kind; readonly name?: string };
export type Query = { readonly wanted: readonly Wanted[]; readonly scope: GetScope };

type Taking = {
  readonly scope: GetScope;
  readonly accept: string;
  /** `includeObject` and the like. */
  readonly query?: Readonly<Record<string, string>>;
  readonly take: (answer: Json, bytes: number) => boolean;
  readonly restart: () => void;
};

/** `take` gets the object that is named, or the list piece by piece. */
export async function readWanted(
  connection: Connection,
  action: GetAction<string>,
  { kind, name }: Wanted,
  { scope, accept, query = {}, take, restart }: Taking,
): Promise<PagesEnd> {
  const { subresource, selector, fieldSelector } = action;
  const path = pathOf(kind, {
    namespace: action.allNamespaces === true ? undefined : scope.namespace,
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined || name === undefined ? {} : { subresource }),
  });
  const { signal } = scope;
  if (name !== undefined) {
    const text = new URLSearchParams(query).toString();
    take(await connection.get(text === '' ? path : `${path}?${text}`, { accept, signal }), 0);
    return { whole: true };
  }
  const selectors = {
    ...(selector === undefined ? {} : { labelSelector: selector }),
    ...(fieldSelector === undefined ? {} : { fieldSelector }),
  };
  return await readPages(connection, path, { query: { ...selectors, ...query }, accept, signal, take, restart }).catch(
    (error: unknown) => {
      throw listError(connection.name, error, { kind, action });
    },
  );
}

/** kubectl says what it looked for when a list is refused as malformed or unknown. */
function listError(
  cluster: string,
  error: unknown,
  { kind, action }: { kind: Kind; action: GetAction<string> },
): unknown {
  if (!(error instanceof ApiRefusal) || (error.status.code !== 400 && error.status.code !== 404)) return error;
  const subject = JSON.stringify(`${kind.group}/${kind.version}, Resource=${kind.plural}`);
  const { selector = '', fieldSelector = '' } = action;
  const looked =
    selector === '' && fieldSelector === ''
      ? `list ${subject}`
      : `find ${subject} that match label selector ${JSON.stringify(selector)}, field selector ${JSON.stringify(fieldSelector)}`;
  return new ApiRefusal(cluster, { ...error.status, message: `Unable to ${looked}: ${error.status.message}` });
}
