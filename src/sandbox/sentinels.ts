/**
 * Words that fail on purpose: a stand-in that was started with `sentinels: true` looks for them in what it is asked to
 * write, so that whoever types one into a title, a note or a value meets the failure that it names.
 *
 * A word counts when no letter or digit touches it, in any case: a slug such as `inc-7-sentinel-name-taken-2` has one.
 * It strikes once for each method (or object), word, and text before the word in its line. So what is asked again gets
 * through, and `second-sentinel-409` is another one than `sentinel-409`.
 */
import type { AskedFor as AskedOfKubernetes, RequestFault } from './kubernetes/faults.ts';
import type { AskedFor as AskedOfPagerDuty, FaultKind as PagerDutyFault } from './pagerduty/faults.ts';
import type { AskedFor as AskedOfSlack, FaultKind as SlackFault } from './slack/faults.ts';

/** Web API methods, and what happens to the first call of each that carries the word. */
const slackSentinels = {
  'sentinel-name-taken': { methods: ['conversations.create'], kind: 'name-taken' },
  'sentinel-rate-limit': {
    methods: ['conversations.create', 'chat.postMessage', 'chat.update'],
    kind: 'rate-limited',
  },
  'sentinel-lost-reply': { methods: ['conversations.create', 'chat.postMessage'], kind: 'lost-reply' },
  'sentinel-timeout': { methods: ['chat.postMessage', 'chat.update'], kind: 'hang' },
  'sentinel-500': { methods: ['chat.postMessage', 'chat.update'], kind: 'status-500' },
} as const satisfies Readonly<Record<string, { methods: readonly string[]; kind: SlackFault }>>;

/** Writes that carry the word; `dryRun`: dry runs instead of real ones. */
const kubernetesSentinels = {
  'sentinel-403': { dryRun: true, fault: { kind: 'status', code: 403 } },
  'sentinel-409': { dryRun: false, fault: { kind: 'status', code: 409 } },
  'sentinel-422': { dryRun: false, fault: { kind: 'status', code: 422 } },
  'sentinel-429': { dryRun: false, fault: { kind: 'status', code: 429 } },
  'sentinel-503': { dryRun: false, fault: { kind: 'status', code: 503 } },
  'sentinel-lost-reply': { dryRun: false, fault: { kind: 'lost-reply' } },
  'sentinel-timeout': { dryRun: false, fault: { kind: 'hang', afterEffect: true } },
} as const satisfies Readonly<Record<string, { dryRun: boolean; fault: RequestFault }>>;

/** Numbers of replicas that mean a word. */
const replicaSentinels: Readonly<Record<number, keyof typeof kubernetesSentinels>> = {
  409: 'sentinel-409',
  422: 'sentinel-422',
  429: 'sentinel-429',
  503: 'sentinel-503',
};

/** Writes about an incident that carry the word, or whose incident has it in its title. */
const pagerDutySentinels = {
  'sentinel-rate-limit': 'rate-limited',
  'sentinel-lost-reply': 'lost-reply',
  'sentinel-timeout': 'lost-in-time',
  'sentinel-500': 'status-500',
} as const satisfies Readonly<Record<string, PagerDutyFault>>;

/** Of what has struck; the oldest are forgotten. */
const rememberedMax = 1_000;

/** Finds a word that has not struck yet; `call` is what it strikes once for. */
function createFinder<Word extends string>(words: readonly Word[]) {
  const struck = new Set<string>();
  const anyWord = new RegExp(`(?<![a-z0-9])(?:${words.join('|')})(?![a-z0-9])`, 'gi');

  function* met(call: string, texts: readonly string[]): Generator<{ word: Word; key: string }> {
    for (const line of texts.flatMap((text) => text.split('\n'))) {
      for (const match of line.matchAll(anyWord)) {
        const word = words.find((one) => one === match[0].toLowerCase());
        const key = `${call}\n${line.slice(0, match.index)}${match[0]}`.toLowerCase();
        if (word !== undefined) yield { word, key };
      }
    }
  }

  return (call: string, texts: readonly string[], fits: (word: Word) => boolean): Word | undefined => {
    const all = [...met(call, texts)].filter(({ word }) => fits(word));
    const word = all.find(({ key }) => !struck.has(key))?.word;
    // Wherever else it stands in this call: a title is in a message's blocks and in its text.
    for (const one of all) if (one.word === word) struck.add(one.key);
    for (const oldest of struck) {
      if (struck.size <= rememberedMax) break;
      struck.delete(oldest);
    }
    return word;
  };
}

export function createSlackSentinels(): AskedOfSlack {
  const find = createFinder(wordsOf(slackSentinels));
  return (method, args) => {
    const word = find(method, textsIn(args), (one) => listHas(slackSentinels[one].methods, method));
    return word && { kind: slackSentinels[word].kind, method };
  };
}

export function createKubernetesSentinels(): AskedOfKubernetes {
  const find = createFinder(wordsOf(kubernetesSentinels));
  return (method, uri, body) => {
    if (method === 'GET' || body === undefined || body === '') return undefined;
    const written = parsed(body);
    const isDryRun = uri.includes('dryRun=All') || (isObject(written) && listHas(written['dryRun'], 'All'));
    const call = `${method} ${uri.split('?')[0] ?? ''}`;
    const word = find(call, textsOfWrite(written), (one) => kubernetesSentinels[one].dryRun === isDryRun);
    return word && kubernetesSentinels[word].fault;
  };
}

/** @param titleOf the title of the incident with that id */
export function createPagerDutySentinels(titleOf: (id: string) => string | undefined): AskedOfPagerDuty {
  const find = createFinder(wordsOf(pagerDutySentinels));
  return (method, path, body) => {
    const id = /^\/incidents\/([^/]+)/.exec(path)?.[1];
    if (method === 'GET' || id === undefined) return undefined;
    const word = find(`${method} ${path}`, [...textsIn(body), titleOf(id) ?? ''], () => true);
    return word && { kind: pagerDutySentinels[word] };
  };
}

/** What a write puts there: of a JSON Patch not what it tests for, and numbers of replicas by their words. */
function textsOfWrite(written: unknown): string[] {
  if (!Array.isArray(written)) return [...textsIn(written), ...replicasIn(written)];
  return written.filter(isObject).flatMap(({ op, path, value }) => {
    if (op !== 'add' && op !== 'replace') return [];
    const named = typeof path === 'string' && path.endsWith('/replicas') ? { replicas: value } : value;
    return [...textsIn(value), ...replicasIn(named)];
  });
}

function replicasIn(value: unknown): string[] {
  if (!isObject(value)) return [];
  const word = typeof value['replicas'] === 'number' ? replicaSentinels[value['replicas']] : undefined;
  return [...(word === undefined ? [] : [word]), ...replicasIn(value['spec'])];
}

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

// The keys of a table are its words.
const wordsOf = <Word extends string>(table: Readonly<Record<Word, unknown>>): Word[] => Object.keys(table) as Word[];

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const listHas = (list: unknown, wanted: string): boolean => Array.isArray(list) && list.includes(wanted);
