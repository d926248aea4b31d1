import { describe, expect, it } from '@jest/globals';
import { templateDiff } from '../../../src/adapters/kubernetes/change/template-diff.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { ShownChange } from '../../../src/domain/plan.ts';

type Pod = { readonly [field: string]: Json };
const template = (container: Pod, pod: Pod = {}, metadata: Pod = {}): Json => ({
  metadata: { labels: { app: 'web' }, ...metadata },
  spec: { containers: [{ name: 'app', image: 'web:v1', ...container }], ...pod },
});
const changed = (label: string): ShownChange => ({ label, before: 'as it is', after: 'changed' });
const env = (...entries: [string, string][]): Pod => ({ env: entries.map(([name, value]) => ({ name, value })) });

describe('what people see of two templates', () => {
  it('is nothing when they are the same', () => {
    expect(templateDiff(template(env(['A', '1'])), template(env(['A', '1'])))).toEqual([]);
  });

  it('is images, variables, resources and words, by container', () => {
    const before = template({ ...env(['A', '1'], ['OLD', 'x']), resources: { limits: { cpu: '1' } }, args: ['-v'] });
    const after = template({ ...env(['A', '2'], ['NEW', 'y']), image: 'web:v2', args: ['-v', '--fast'] });

    expect(templateDiff(before, after)).toEqual([
      { label: 'image (container app)', before: 'web:v1', after: 'web:v2' },
      { label: 'env A (container app)', before: { name: 'A', value: '1' }, after: { name: 'A', value: '2' } },
      { label: 'env OLD (container app)', before: { name: 'OLD', value: 'x' } },
      { label: 'env NEW (container app)', after: { name: 'NEW', value: 'y' } },
      { label: 'resources (container app)', before: { limits: { cpu: '1' } } },
      { label: 'args (container app)', before: '-v', after: '-v --fast' },
    ]);
  });

  it('says of containers that come and go all that it says of others', () => {
    const prep = { name: 'prep', image: 'prep:v1', command: ['x'], securityContext: { runAsUser: 0 } };
    const before = template({}, { initContainers: [prep] });

    expect(templateDiff(before, template({}))).toEqual([
      { label: 'container prep', before: 'there', after: 'removed' },
      { label: 'image (container prep)', before: 'prep:v1' },
      { label: 'command (container prep)', before: 'x' },
      changed('other fields (container prep)'),
    ]);
    expect(templateDiff(template({}), before)).toEqual([
      { label: 'container prep', after: 'added' },
      { label: 'image (container prep)', after: 'prep:v1' },
      { label: 'command (container prep)', after: 'x' },
      changed('other fields (container prep)'),
    ]);
  });

  it.each<[string, Json, Json, ShownChange[]]>([
    [
      'words that were joined',
      template({ command: ['sh', '-c', 'a b'] }),
      template({ command: ['sh -c', 'a', 'b'] }),
      [{ label: 'command (container app)', before: 'sh -c "a b"', after: '"sh -c" a b' }],
    ],
    [
      'a secret in the words',
      template({ args: ['--token=abc'] }),
      template({ args: ['--token=xyz'] }),
      [changed('args (container app), where it is masked')],
    ],
    [
      'a secret behind its flag',
      template({ args: ['--password', 'old'] }),
      template({ args: ['--password', 'hunter2', '-v'] }),
      [{ label: 'args (container app)', before: '--password (masked)', after: '--password (masked) -v' }],
    ],
    [
      'the entry that counts of a name that is there twice',
      template(env(['A', '1'], ['A', '2'])),
      template(env(['A', '1'], ['A', '3'])),
      [{ label: 'env A (container app)', before: { name: 'A', value: '2' }, after: { name: 'A', value: '3' } }],
    ],
    [
      'an earlier entry of a name that is there twice',
      template(env(['A', '1'], ['A', '2'])),
      template(env(['A', '0'], ['A', '2'])),
      [changed('env A (container app), earlier entries')],
    ],
    [
      'the order of variables',
      template(env(['A', '1'], ['B', '$(A)'])),
      template(env(['B', '$(A)'], ['A', '1'])),
      [changed('order of env (container app)')],
    ],
    [
      'the place of an entry between those of another name',
      template(env(['A', '1'], ['B', '2'], ['A', '1'])),
      template(env(['A', '1'], ['A', '1'], ['B', '2'])),
      [changed('env (container app)')],
    ],
    [
      'the order of init containers',
      template({}, { initContainers: [{ name: 'a' }, { name: 'b' }] }),
      template({}, { initContainers: [{ name: 'b' }, { name: 'a' }] }),
      [changed('order of init containers')],
    ],
    [
      'what it does not know',
      template({}, { containers: [{ name: 'a', image: 'x' }, { name: 'a' }] }),
      template(
        {},
        {
          containers: [
            { name: 'a', image: 'x' },
            { name: 'a', image: 'y' },
          ],
        },
      ),
      [changed('other fields of the pod template')],
    ],
  ])('has a line for %s', (_, before, after, lines) => {
    expect(templateDiff(before, after)).toEqual(lines);
  });

  it('takes no heed of how a server writes nothing', () => {
    const before = template({}, {}, { creationTimestamp: null, annotations: {} });

    expect(templateDiff(before, template({}))).toEqual([]);
  });

  it('hides what looks secret, in variables and in words', () => {
    const before = template({
      ...env(['DB_PASSWORD', 'hunter2'], ['DB_URL', 'postgres://app:hunter3@db/x'], ['X', '1']),
      command: ['serve', '--token=hunter4'],
    });
    const after = template({ ...env(['DB_PASSWORD', 'hunter5']), command: ['serve', '--api-key=hunter6'] });

    const lines = templateDiff(before, after);

    expect(lines.filter(({ masked }) => masked).map(({ label }) => label)).toEqual([
      'env DB_PASSWORD (container app)',
      'env DB_URL (container app)',
    ]);
    expect(JSON.stringify(lines.filter(({ masked }) => !masked))).not.toContain('hunter');
  });

  it('says only that they changed of probes and everything else', () => {
    const before = template({ livenessProbe: { exec: { command: ['check', 'hunter2'] } } }, { volumes: [] });
    const after = template(
      { lifecycle: { preStop: { exec: { command: ['hunter3'] } } } },
      { volumes: [{ name: 'v', secret: { secretName: 'hunter4' } }] },
      { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-03-01T12:00:00Z' } },
    );

    const lines = templateDiff(before, after);

    expect(lines.map(({ label }) => label)).toEqual([
      'livenessProbe (container app)',
      'other fields (container app)',
      'other fields of the pod template',
      'time of the last restart',
    ]);
    expect(JSON.stringify(lines)).not.toContain('hunter');
  });
});
