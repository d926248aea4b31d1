import type { Account, Incident, JsonObject, User } from '../account.ts';
import type { Incidents } from '../incidents.ts';
import { PagerDutyRefusal } from '../refusal.ts';
import type { Webhooks } from '../webhooks.ts';

/** What an operation may use. */
export interface Call {
  account: Account;
  incidents: Incidents;
  webhooks: Webhooks;
  query: URLSearchParams;
  /** The id in the path, or empty. */
  id: string;
  body: JsonObject;
  /** Whom the `From` header names. Operations that ask for it refuse with 1008 when nobody has that address. */
  from: () => User;
}

/** One operation of the REST API. */
export interface Operation {
  method: 'GET' | 'PUT' | 'POST';
  /** With one group, which is the id. */
  path: RegExp;
  run(call: Call): { status: number; body?: JsonObject };
}

export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The object under that name in the body, or the refusal for a body without it. */
export function bodyOf(call: Call, name: string): JsonObject {
  const value = call.body[name];
  if (!isObject(value)) throw new PagerDutyRefusal(2001, [`${name} is missing`]);
  return value;
}

export function incidentOf({ account, id }: Call): Incident {
  // People name an incident by its number, too.
  const incident =
    account.incidents.get(id) ?? [...account.incidents.values()].find((one) => String(one.number) === id);
  if (!incident) throw new PagerDutyRefusal(2100);
  return incident;
}
