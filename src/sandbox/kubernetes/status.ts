/** Status bodies, worded as a 1.34 server words them (recorded from one). */
import type { Json, JsonObject } from './json.ts';
import { qualified, qualifiedKind, type Resource } from './resources.ts';

export type Cause = { reason: string; message: string; field: string };

/** Thrown by handlers; its body is what the client reads. */
export class StatusError extends Error {
  readonly code: number;
  readonly body: JsonObject;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: number,
    reason: string,
    message: string,
    details?: JsonObject,
    headers: Record<string, string> = {},
  ) {
    super(message);
    this.name = 'StatusError';
    this.code = code;
    this.headers = headers;
    this.body = {
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message,
      ...(reason === '' ? {} : { reason }),
      ...(details === undefined ? {} : { details }),
      code,
    };
  }
}

const about = (resource: Resource, name: string, kind: string): JsonObject => ({
  name,
  ...(resource.group === '' ? {} : { group: resource.group }),
  kind,
});

export const notFound = (resource: Resource, name: string) =>
  new StatusError(404, 'NotFound', `${qualified(resource)} "${name}" not found`, about(resource, name, resource.name));

export const noSuchPath = () =>
  new StatusError(404, 'NotFound', 'the server could not find the requested resource', {});

export const methodNotAllowed = () =>
  new StatusError(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {});

export const alreadyExists = (resource: Resource, name: string) =>
  new StatusError(
    409,
    'AlreadyExists',
    `${qualified(resource)} "${name}" already exists`,
    about(resource, name, resource.name),
  );

export const modified = (resource: Resource, name: string) =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualified(resource)} "${name}": the object has been modified; please apply your changes to the latest version and try again`,
    about(resource, name, resource.name),
  );

export const uidMismatch = (resource: Resource, name: string, wanted: string, found: string) =>
  new StatusError(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${qualifiedKind(resource)} "${name}": the UID in the precondition (${wanted}) does not match the UID in record (${found}). The object might have been deleted and then recreated`,
    about(resource, name, resource.kind),
  );

export const badRequest = (message: string) => new StatusError(400, 'BadRequest', message);

export const forbidden = (resource: Resource, name: string, user: string, verb: string, namespace: string) =>
  new StatusError(
    403,
    'Forbidden',
    `${qualified(resource)}${name === '' ? '' : ` "${name}"`} is forbidden: User "${user}" cannot ${verb} resource "${resource.name}" in API group "${resource.group}" ${
      namespace === '' ? 'at the cluster scope' : `in the namespace "${namespace}"`
    }`,
    {
      ...(name === '' ? {} : { name }),
      ...(resource.group === '' ? {} : { group: resource.group }),
      kind: resource.name,
    },
  );

/** Refused by an admission plugin, not by rights. */
export const forbiddenBecause = (resource: Resource, name: string, why: string) =>
  new StatusError(
    403,
    'Forbidden',
    `${qualified(resource)} "${name}" is forbidden: ${why}`,
    about(resource, name, resource.name),
  );

/** What a JSON patch gets that does not apply: since 1.30 the server says no more than this. */
export const patchDoesNotApply = () =>
  new StatusError(422, 'Invalid', 'the server rejected our request due to an error in our request', {});

/** The result of a patch does not decode. The whole object is in the message, as the real server has it. */
export function patchDoesNotDecode(result: Json, problem: string): StatusError {
  const message = `Invalid value: ${JSON.stringify(JSON.stringify(result))}: ${problem}`;
  return new StatusError(422, 'Invalid', ` "" is invalid: patch: ${message}`, {
    causes: [{ reason: 'FieldValueInvalid', message, field: 'patch' }],
  });
}

/** Validation errors; `what` is `Deployment.apps` and the like. */
export function invalid(what: { kind: string; group: string }, name: string, causes: readonly Cause[]): StatusError {
  const texts = [...new Set(causes.map((cause) => `${cause.field}: ${cause.message}`))];
  const kind = what.group === '' ? what.kind : `${what.kind}.${what.group}`;
  return new StatusError(
    422,
    'Invalid',
    `${kind} "${name}" is invalid: ${texts.length === 1 ? texts[0] : `[${texts.join(', ')}]`}`,
    {
      ...(name === '' ? {} : { name }),
      ...(what.group === '' ? {} : { group: what.group }),
      kind: what.kind,
      causes: causes.map((cause) => ({ ...cause })),
    },
  );
}

export const required = (field: string): Cause => ({ reason: 'FieldValueRequired', message: 'Required value', field });
export const badValue = (field: string, value: unknown, why: string): Cause => ({
  reason: 'FieldValueInvalid',
  message: `Invalid value: ${JSON.stringify(value) ?? 'null'}: ${why}`,
  field,
});
