/** Long lists are read in pieces of 500: what is printed does not show it, and what is not wanted is not asked for. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../../src/adapters/kubernetes/cluster.ts';
import { openConnection } from '../../../src/adapters/kubernetes/connection.ts';
import { listAll } from '../../../src/adapters/kubernetes/read/list-all.ts';
import type { DescribeAction, GetAction } from '../../../src/domain/read-action.ts';
import type { Cluster } from '../../../src/flow/ports.ts';
import { startKubernetes, type SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';
import { createRecordingLog } from '../recording-log.ts';

const count = 1_203;
const nameAt = (index: number): string => `map-${String(index).padStart(4, '0')}${index === 700 ? '-with-more' : ''}`;
const names = Array.from({ length: count }, (_, index) => nameAt(index));
const path = '/api/v1/namespaces/shop/configmaps';

let sandbox: SandboxKubernetes;
let cluster: Cluster;
beforeAll(async () => {
  sandbox = await startKubernetes({ clock: 'manual' });
  cluster = connectCluster({ name: 'main', kubeconfigText: sandbox.kubeconfig('shop'), log: createRecordingLog() });
  sandbox.world.namespace('shop');
  for (const [index, name] of names.entries()) sandbox.world.configMap('shop', name, { order: String(count - index) });
});
afterAll(async () => {
  await cluster.close();
  await sandbox.stop();
});

/** The requests that it takes, without their tokens. */
async function ask(action: GetAction<string> | DescribeAction<string>, textLimit = 10_000_000) {
  const before = sandbox.audit.length;
  const answer = await cluster.read(action, {
    defaultNamespace: 'shop',
    signal: AbortSignal.timeout(20_000),
    textLimit,
  });
  const requests = sandbox.audit
    .slice(before)
    .map(({ requestURI }) =>
      requestURI.replace(/continue=[^&]+/, 'continue=…').replace(/&includeObject=None|includeObject=None&/, ''),
    )
    .filter((uri) => uri.startsWith(path));
  return { ...answer, requests };
}
const get = (over: Partial<GetAction<string>>): GetAction<string> => ({
  type: 'get',
  objects: [{ resource: 'configmaps' }],
  output: { format: 'table' },
  ...over,
});
const inPieces = [`${path}?limit=500`, `${path}?limit=500&continue=…`, `${path}?limit=500&continue=…`];
const firstWords = (text: string): string[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/\s+/)[0] ?? '');

describe('get of a long list', () => {
  it('is one table, whose columns are as wide as its widest cell', async () => {
    const { text, requests, truncated } = await ask(get({}));

    expect(requests).toEqual(inPieces);
    expect(firstWords(text)).toEqual(['NAME', ...names]);
    expect(
      new Set(
        text
          .trimEnd()
          .split('\n')
          .map((line) => /^\S+\s+/.exec(line)?.[0].length),
      ).size,
    ).toBe(1);
    expect(truncated).toBe(false);
  });

  it('is sorted by what the last piece holds', async () => {
    const { text } = await ask(get({ sortBy: '.data.order' }));

    // As texts and quantities compare: all are whole numbers.
    expect(firstWords(text)).toEqual(['NAME', ...names.toReversed()]);
  });

  it('is whole with -o', async () => {
    const json = await ask(get({ output: { format: 'json' } }));
    const name = await ask(get({ output: { format: 'name' } }));
    const columns = await ask(
      get({ output: { format: 'custom-columns', expression: 'N:.metadata.name,O:.data.order' } }),
    );
    const paths = await ask(get({ output: { format: 'jsonpath', expression: '{.items[*].metadata.name}' } }));

    expect((JSON.parse(json.text) as { items: unknown[] }).items).toHaveLength(count); // what kubectl prints
    expect(name.text).toBe(names.map((one) => `configmap/${one}\n`).join(''));
    expect(firstWords(columns.text)).toEqual(['N', ...names]);
    expect(paths.text).toBe(names.join(' '));
    expect([json, name, columns, paths].map(({ requests }) => requests)).toEqual([
      inPieces,
      inPieces,
      inPieces,
      inPieces,
    ]);
  });

  it('asks for no more than is wanted, and says what was cut', async () => {
    const { text, requests, truncated, errorText } = await ask(get({}), 5_000);

    expect(requests).toEqual([`${path}?limit=500`]);
    expect(truncated).toBe(true);
    expect(Buffer.byteLength(text)).toBe(5_000);
    expect(errorText).toBe(
      'Cut here: 500 of 1,203 configmaps were read. Narrow it with a namespace, a selector or a name.\n',
    );
    expect(text.endsWith(errorText ?? 'nothing')).toBe(true);
  });

  it.each(['name', 'yaml', 'json'] as const)('asks for no more than is wanted with -o %s', async (format) => {
    const { requests, truncated } = await ask(get({ output: { format } }), 2_000);

    expect(requests).toEqual([`${path}?limit=500`]);
    expect(truncated).toBe(true);
  });

  it('reads all of it where the whole is needed, however little is wanted', async () => {
    const last = { format: 'jsonpath', expression: '{.items[-1:].metadata.name}' } as const;

    expect(await ask(get({ output: last }), 100)).toMatchObject({ text: names.at(-1), requests: inPieces });
    expect((await ask(get({ sortBy: '.data.order' }), 2_000)).requests).toHaveLength(3);
  });
});

describe('a description of a long list', () => {
  it('describes each piece before the next, and says what was cut', async () => {
    const whole = await ask({ type: 'describe', kind: { resource: 'configmaps' }, names: [], withoutEvents: true });
    const part = await ask({ type: 'describe', kind: { resource: 'configmaps' }, names: [], withoutEvents: true }, 900);

    expect(whole.text.match(/^Name: .*/gm)).toHaveLength(count);
    expect(whole).toMatchObject({ requests: inPieces, truncated: false });
    expect(part).toMatchObject({ requests: [`${path}?limit=500`], truncated: true });
    expect(part.errorText).toMatch(/^Cut here: \d+ of 1,203 configmaps were read\./);
  });

  it('finds the beginning of a name in all of them', async () => {
    const { text } = await ask({ type: 'describe', kind: { resource: 'configmaps' }, names: ['map-120'] });

    expect(text.match(/^Name: .*/gm)?.map((line) => line.split(/\s+/)[1])).toEqual([
      'map-1200',
      'map-1201',
      'map-1202',
    ]);
  });
});

describe('a list whose beginning the server has forgotten', () => {
  /** The history goes once so many pieces have been asked for. */
  const forgetAfter = (pieces: number): void => {
    let seen = 0;
    const stop = sandbox.onRequest(() => {
      if (sandbox.audit.at(-1)?.requestURI.startsWith(path) !== true || ++seen !== pieces) return;
      stop();
      sandbox.world.configMap('shop', 'new', {});
      sandbox.world.compact();
    });
  };

  it('is read anew, once, and shows everything once', async () => {
    forgetAfter(2);
    const { text, requests } = await ask(get({}));
    sandbox.world.remove('configmaps', 'shop', 'new');

    // The third is answered with 410.
    expect(requests).toEqual([...inPieces, ...inPieces]);
    expect(firstWords(text)).toEqual(['NAME', ...names, 'new']);
  });

  it('is an error when it happens again', async () => {
    sandbox.faults.add({ kind: 'status', code: 410, path: /continue=/, times: 9, message: 'too old' });
    const { text, exitCode } = await ask(get({}));
    sandbox.faults.clear();

    expect({ text, exitCode }).toEqual({ text: 'Error from server (Expired): too old\n', exitCode: 1 });
  });
});

it('our own lists come in pieces as well, and keep only what is wanted of them', async () => {
  const connection = openConnection({ name: 'main', kubeconfigText: sandbox.kubeconfig('shop') });
  const kept = await listAll(connection, path, { keep: (item) => JSON.stringify(item).includes('with-more') });
  await connection.close();

  expect(kept).toHaveLength(1);
});
