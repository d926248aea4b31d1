import { refusal, SlackRefusal } from './refusal.ts';

/**
 * Arguments reach Slack as form fields (all strings, nested values as JSON text) or as one JSON body. Both
 * read the same here. An argument that the method does not have is refused: Slack itself ignores most of
 * them, which hides spelling mistakes from tests.
 */

/** How an argument is written: `json` covers objects and arrays, `list` is comma separated. */
type ArgumentKind = 'text' | 'flag' | 'count' | 'json' | 'list';
/** Every method takes these: Bolt adds `team_id` to each call of a listener's client. */
const everywhere = ['token', 'team_id'];

export type ArgumentTable = Readonly<Record<string, ArgumentKind>>;

export interface Arguments {
  text(name: string): string | undefined;
  /** The text, or the refusal that Slack documents for a missing argument. */
  required(name: string, code?: string): string;
  flag(name: string, otherwise: boolean): boolean;
  count(name: string): number | undefined;
  json(name: string): unknown;
  list(name: string): string[];
}

/** Checks the names and kinds of what was sent. Throws `SlackRefusal`. */
export function readArguments(sent: ReadonlyMap<string, unknown>, table: ArgumentTable): Arguments {
  const values = new Map<string, unknown>();
  for (const [name, value] of sent) {
    if (!/^\w{1,64}$/.test(name)) throw new SlackRefusal('invalid_arg_name');
    if (everywhere.includes(name) || value === null || value === undefined) continue;
    const kind = Object.hasOwn(table, name) ? table[name] : undefined;
    if (kind === undefined) throw refusal('invalid_arguments', [`unknown argument: ${name}`]);
    values.set(name, readValue(name, kind, value));
  }
  const text = (name: string) => {
    const value = values.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  return {
    text,
    required(name, code) {
      const value = text(name);
      if (value !== undefined && value !== '') return value;
      throw code === undefined ? missing(name) : new SlackRefusal(code);
    },
    flag(name, otherwise) {
      const value = values.get(name);
      return typeof value === 'boolean' ? value : otherwise;
    },
    count(name) {
      const value = values.get(name);
      return typeof value === 'number' ? value : undefined;
    },
    json: (name) => values.get(name),
    list(name) {
      const value = values.get(name);
      return Array.isArray(value) ? value.map(String) : [];
    },
  };
}

/** The refusal for an argument that must be there. */
export function missing(name: string): SlackRefusal {
  return refusal('invalid_arguments', [`missing required field: ${name}`]);
}

function readValue(name: string, kind: ArgumentKind, value: unknown): unknown {
  switch (kind) {
    case 'text':
      if (typeof value === 'string' || typeof value === 'number') return String(value);
      break;
    case 'flag':
      if (typeof value === 'boolean') return value;
      if (value === 'true' || value === '1' || value === 1) return true;
      if (value === 'false' || value === '0' || value === 0 || value === '') return false;
      break;
    case 'count':
      if (Number.isInteger(Number(value)) && value !== '') return Number(value);
      break;
    case 'list':
      if (Array.isArray(value)) return value;
      if (typeof value === 'string')
        return value
          .split(',')
          .map((one) => one.trim())
          .filter((one) => one !== '');
      break;
    case 'json':
      if (typeof value !== 'string') return value;
      try {
        return JSON.parse(value);
      } catch {
        throw name === 'blocks' ? new SlackRefusal('invalid_blocks_format') : badValue(name, 'JSON');
      }
  }
  throw badValue(name, kind);
}

function badValue(name: string, kind: string): SlackRefusal {
  return refusal('invalid_arguments', [`must be a ${kind} [json-pointer:/${name}]`]);
}
