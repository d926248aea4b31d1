/** Literal YAML or JSON as kubectl reads it, and the objects in it. */
import { isAlias, parseAllDocuments, visit } from 'yaml';
import { whyForbidden } from '../../domain/forbidden-kinds.ts';
import type { Json } from '../../domain/json.ts';
import type { ObjectReference } from '../../domain/object-reference.ts';
import { isObjectName } from '../../domain/names.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { kindOf, secretsReason } from './resources.ts';

type JsonRecord = { readonly [key: string]: Json };
const isRecord = (value: Json | undefined): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const textMax = 256 * 1024;
const documentsMax = 50;

/**
 * Every document. kubectl reads YAML 1.1 and most authors mean 1.2: a text that the two read differently (`on`, `010`,
 * a date) is refused, as are aliases and tags.
 */
export function readYaml(text: string): readonly Json[] | Refusal {
  if (text.length > textMax) return refuse('malformed', 'This YAML is too long.');
  const [first, second] = (['1.1', '1.2'] as const).map((version) => readAs(text, version));
  if (first === undefined || second === undefined)
    return refuse('malformed', 'This is not YAML that can be read as it stands.');
  if (JSON.stringify(first) !== JSON.stringify(second)) {
    return refuse(
      'malformed',
      'YAML 1.1 and 1.2 read a value of this differently (such as on, yes, 010 or a date); put it in quotes.',
    );
  }
  return first.filter((each) => each !== null);
}

function readAs(text: string, version: '1.1' | '1.2'): Json[] | undefined {
  // An aliased or tagged value is more than it shows.
  const documents = parseAllDocuments(text, { version, uniqueKeys: true, merge: false });
  if (!Array.isArray(documents) || documents.length > documentsMax) return documents.length === 0 ? [] : undefined;
  const values: Json[] = [];
  for (const document of documents) {
    if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
    let odd = false;
    visit(document, {
      Node(_, node) {
        if (isAlias(node) || (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:'))) odd = true;
        if ('anchor' in node && node.anchor !== undefined) odd = true;
      },
      Pair(_, pair) {
        const { key } = pair as { readonly key: unknown };
        const name = typeof key === 'object' && key !== null && 'value' in key ? key.value : undefined;
        if (typeof name !== 'string' || name === '<<' || name === '__proto__') odd = true;
      },
    });
    if (odd) return undefined;
    const value: unknown = document.toJS();
    const written = JSON.stringify(value);
    // What was written as JSON is JSON.
    if (written !== undefined) values.push(JSON.parse(written) as Json);
    if (!plain(value)) return undefined;
  }
  return values;
}

/** No dates, big numbers and the like, whose JSON is another value. */
function plain(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number')
    return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
  if (Array.isArray(value)) return value.every(plain);
  return (
    typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(plain)
  );
}

export type Manifest = {
  readonly target: ObjectReference<string>;
  readonly namespace?: string;
  readonly object: JsonRecord;
};

export function manifestsOf(text: string): readonly Manifest[] | Refusal {
  const documents = readYaml(text);
  if (!Array.isArray(documents)) return documents as Refusal;
  const manifests: Manifest[] = [];
  for (const document of (documents as readonly Json[]).flatMap(itemsOf)) {
    const manifest = manifestOf(document);
    if ('refused' in manifest) return manifest;
    manifests.push(manifest);
  }
  return manifests.length > 0 ? manifests : refuse('malformed', 'There is no object in this text.');
}

const itemsOf = (document: Json): readonly Json[] =>
  isRecord(document) && document['kind'] === 'List' && Array.isArray(document['items'])
    ? // A list of JSON is one; `isArray` alone says any.
      (document['items'] as readonly Json[])
    : [document];

function manifestOf(document: Json): Manifest | Refusal {
  if (!isRecord(document)) return refuse('malformed', 'A document of this text is no Kubernetes object.');
  const { apiVersion, kind, metadata } = document;
  const version =
    typeof apiVersion === 'string' ? /^(?:([a-z0-9.-]{1,253})\/)?v\d[a-z0-9]{0,20}$/.exec(apiVersion) : undefined;
  if (!version || typeof kind !== 'string' || !/^[A-Z][A-Za-z0-9]{0,62}$/.test(kind) || !isRecord(metadata)) {
    return refuse('malformed', 'A document of this text lacks apiVersion, kind or metadata.');
  }
  const { name, namespace, generateName } = metadata;
  if (generateName !== undefined && name === undefined) {
    return refuse(
      'unresolved-substitution',
      "The server would choose this object's name (generateName); give it a name.",
    );
  }
  if (typeof name !== 'string' || !isObjectName(name)) {
    return refuse('malformed', `${quoted(typeof name === 'string' ? name : kind)} has no proper name.`);
  }
  if (namespace !== undefined && typeof namespace !== 'string')
    return refuse('malformed', 'The namespace of this object is no text.');
  const group = version[1];
  if (kind === 'Secret' && group === undefined) return refuse('reads-secret', secretsReason);
  const found = kindOf(kind.toLowerCase());
  if ('refused' in found) return found;
  const why = whyForbidden({ resource: found.resource, group: group ?? '' });
  if (why !== undefined) return refuse('never-run', `${kind} ${quoted(name)}: ${why}`);
  return {
    target: { resource: found.resource, ...(group !== undefined && { group }), name },
    ...(namespace !== undefined && { namespace }),
    object: document,
  };
}
