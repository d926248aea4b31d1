import { describe, expect, it } from '@jest/globals';
import { differencesOf } from '../../../src/adapters/kubernetes/change/differences.ts';
import { changesBetween } from '../../../src/adapters/kubernetes/change/object-diff.ts';
import { proposeLabel } from '../../../src/adapters/kubernetes/change/label.ts';
import { linesOf, shownOf } from '../../../src/adapters/kubernetes/change/shown-values.ts';
import type { Json } from '../../../src/domain/json.ts';
import { fieldText, shownChanges, type FieldChange } from '../../../src/domain/plan.ts';

/** Everything that any renderer draws of these changes. */
const drawn = (changes: readonly FieldChange[]): string =>
  shownChanges({ changes })
    .map(({ label, before, after, masked }) => {
      const [was, is] = [fieldText(before, masked === true), fieldText(after, masked === true)];
      return `${label}: ${was} → ${is}`;
    })
    .join('\n');

const data = (key: string, before: string, after: string): string =>
  drawn(changesBetween({ data: { [key]: before } }, { data: { [key]: after } }));

const pem = (body: string, kind = 'RSA PRIVATE KEY'): string =>
  `-----BEGIN ${kind}-----\n${body}\n-----END ${kind}-----\n`;

describe('a text that a plan changes', () => {
  it.each<[string, string, string, string]>([
    ['a private key', 'tls.key', pem('hunter2'), pem('hunter3')],
    ['a private key under another name', 'all.pem', pem('hunter2'), pem('hunter3')],
    ['an OpenPGP key', 'ring.asc', pem('hunter2', 'PGP PRIVATE KEY BLOCK'), pem('hunter3', 'PGP PRIVATE KEY BLOCK')],
    ['lines under a secret name', 'password', 'a\nhunter2', 'a\nhunter3'],
    ['a long value under a secret name', 'DB_PASSWORD', 'hunter2'.repeat(60), 'hunter3'.repeat(60)],
    ['a pair in YAML', 'a.yaml', '- name: DB_PASSWORD\n  value: hunter2\n', '- name: DB_PASSWORD\n  value: hunter3\n'],
    [
      'a pair, its value first',
      'a.yaml',
      '- value: hunter2\n  name: DB_PASSWORD\n',
      '- value: x\n  name: DB_PASSWORD\n',
    ],
    ['a pair with a block', 'a.yaml', 'name: DB_PASSWORD\nvalue: |\n  hunter2\n', 'name: DB_PASSWORD\nvalue: |\n  x\n'],
    ['a block', 'a.yaml', 'password: |-\n  hunter2\n  hunter4\n', 'password: |-\n  x\n  hunter4\n'],
    ['a quote over two lines', 'a.yaml', 'password: "hunter2\n  hunter4"\n', 'password: "x\n  hunter4"\n'],
    ['a list below a secret name', 'a.yaml', 'passwords:\n- hunter2\n', 'passwords:\n- hunter3\n'],
    ['a map below a secret name', 'a.yaml', 'credentials:\n  root: hunter2\n', 'credentials:\n  root: hunter3\n'],
    ['the line below a tag', 'a.xml', '<password>\n  hunter2\n</password>', '<password>\n  hunter3\n</password>'],
    ['a tag', 'a.xml', '<a>\n<password>hunter2</password>\n', '<a>\n<password>hunter3</password>\n'],
    ['words', 'redis.conf', 'port 1\nrequirepass hunter2\n', 'port 1\nrequirepass hunter3\n'],
    ['JSON', 'a.json', '{"a":{"passwords":["hunter2"]}}', '{"a":{"passwords":["hunter3"]}}'],
    [
      'a pair in JSON',
      'a.json',
      '[{"name":"API_TOKEN","value":"hunter2"}]',
      '[{"name":"API_TOKEN","value":"hunter3"}]',
    ],
    [
      'JSON of several lines',
      'a.json',
      '{\n "env": [\n {"name": "API_TOKEN", "note": "a",\n "value": "hunter2"}]}',
      '{\n "env": [\n {"name": "API_TOKEN", "note": "b",\n "value": "hunter3"}]}',
    ],
    ['a number that is a password', 'a.json', '{\n "password": 77712345}', '{\n "password": 77712346}'],
    ['kubectl’s note', 'kubectl.kubernetes.io/last-applied-configuration', '{"hunter2":1}', '{"hunter3":1}'],
  ])('says of %s that it changes, and not what', (_what, key, before, after) => {
    const text = data(key, before, after);

    expect(text).toContain(key);
    expect(text).not.toMatch(/hunter|7771234/);
    expect(text.split('\n').filter((line) => line.includes('→'))).not.toEqual([]);
  });

  it('shows the other lines of a text with secrets in it, and says that those change, too', () => {
    const text = (level: string, secret: string): string =>
      `level: ${level}\nenv:\n- name: DB_PASSWORD\n  value: ${secret}\nmax_tokens: 4096\n`;

    expect(data('a.yaml', text('info', 'hunter2'), text('debug', 'hunter2'))).toBe(
      'data[a.yaml], line 1: level: info → level: debug',
    );
    expect(data('a.yaml', text('info', 'hunter2'), text('debug', 'hunter3'))).toBe(
      'data[a.yaml], line 1: level: info → level: debug\ndata[a.yaml]: as it is → changed where it is masked',
    );
    expect(data('a.yaml', text('info', 'x'), text('info', 'x').replace('4096', '8192'))).toContain('max_tokens: 8192');
  });

  it('shows the fields of JSON that differ', () => {
    const text = (level: string): string => JSON.stringify({ level, db: { password: 'hunter2', port: 1 } }, null, 2);

    expect(data('a.json', text('info'), text('debug'))).toBe('data[a.json].level: info → debug');
  });
});

describe('an object that a plan changes', () => {
  const env = (value: string): Json => ({
    spec: { containers: [{ name: 'app', env: [{ name: 'DB_PASSWORD', value }] }] },
  });

  it.each<[string, Json, Json]>([
    ['a variable by its own name', env('hunter2'), env('hunter3')],
    ['a map below a secret name', { spec: { password: { plain: 'hunter2' } } }, { spec: { password: { plain: 'x' } } }],
    ['all of such a map', { spec: {} }, { spec: { auth: { root: { plain: 'hunter2' } } } }],
    ['a pair of key and value', { spec: { set: [{ key: 'API_TOKEN', value: 'hunter2' }] } }, { spec: { set: [] } }],
    ['a list of such words', { spec: { tokens: ['hunter2'] } }, { spec: { tokens: ['hunter3'] } }],
    ['the word after a flag', { spec: { args: ['--password', 'hunter2'] } }, { spec: { args: ['--password', 'x'] } }],
    ['what is binary', { binaryData: { a: 'hunter2' } }, { binaryData: { a: 'hunter3' } }],
    [
      'the note of an apply inside of a template',
      { spec: { template: { metadata: {} } } },
      { spec: { template: { metadata: { annotations: { 'a/last-applied-configuration': '{"a":"hunter2"}' } } } } },
    ],
  ])('hides %s', (_what, before, after) => {
    const text = drawn(changesBetween(before, after));

    expect(text).toContain('→');
    expect(text).not.toContain('hunter');
  });

  it('shows references to secrets, which are none', () => {
    const volume = (name: string): Json => ({ volumes: [{ name: 'tls', secret: { items: [{ path: name }] } }] });

    expect(drawn(changesBetween(volume('a.crt'), volume('b.crt')))).toContain('b.crt');
  });

  it('says that only what is masked in a list of words changes', () => {
    const lines = shownOf({ path: '/args', label: 'args', before: ['--token', 'a1'], after: ['--token', 'b1'] });

    expect(JSON.stringify(lines)).not.toMatch(/a1|b1/);
    expect(lines.shown).toHaveLength(1);
  });

  it('shows of a new object its names and no secret', () => {
    const text = JSON.stringify(linesOf('', { data: { 'app.yaml': 'mode: a\npassword: hunter2\n', MODE: 'fast' } }));

    expect(text).toContain('fast');
    expect(JSON.parse(text)).toContainEqual(expect.objectContaining({ label: 'data.app.yaml', masked: true }));
  });
});

it('hides what an annotation holds as an author’s command hides it elsewhere', () => {
  const proposal = proposeLabel(
    {
      type: 'annotate',
      target: { resource: 'deployments', name: 'web' },
      assignments: [{ key: 'example.com/config', value: 'name: API_TOKEN\nvalue: hunter2\nmode: fast' }],
    },
    { metadata: { annotations: {} } },
  );

  expect(proposal.kind === 'proposed' ? drawn(proposal.changes) : proposal.kind).toMatch(/fast/);
  expect(proposal.kind === 'proposed' ? drawn(proposal.changes) : '').not.toContain('hunter');
});

describe('what the server stored instead of what was planned', () => {
  it.each<[string, FieldChange, Json]>([
    ['by its key', { path: '/data/DB_PASSWORD', label: 'p', after: '' }, { data: { DB_PASSWORD: 'hunter2' } }],
    [
      'by the name beside it',
      { path: '/a/0/value', label: 'p', after: '', guard: [{ path: '/a/0/name', value: 'API_TOKEN' }] },
      { a: [{ name: 'API_TOKEN', value: 'hunter2' }] },
    ],
    ['inside of a text', { path: '/data/a', label: 'p', after: 'x' }, { data: { a: 'password: |\n  hunter2' } }],
  ])('hides a secret %s', (_what, change, stored) => {
    const [text = ''] = differencesOf({ changes: [change] }, stored);

    expect(text).toContain('(masked)');
    expect(text).not.toContain('hunter');
  });
});
