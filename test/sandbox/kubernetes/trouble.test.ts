import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { isEffect } from '../../../src/sandbox/kubernetes/audit.ts';
import { patchJson, startSandbox, webPath, withWeb } from './sandbox.ts';

const threeMore = [{ op: 'replace', path: '/spec/replicas', value: 6 }];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(folders.splice(0).map((folder) => rm(folder, { recursive: true })));
});

describe('a fault', () => {
  it('lost-reply does the work, writes the audit line, and drops the connection', async () => {
    const sandbox = await withWeb(await startSandbox());
    const fault = sandbox.faults.add({ kind: 'lost-reply', method: 'PATCH', path: 'deployments/web' });

    await expect(patchJson(sandbox, webPath, threeMore, { 'Audit-ID': 'lost-1' })).rejects.toThrow('fetch failed');

    expect(sandbox.world.get('deployments', 'shop', 'web')?.spec.replicas).toBe(6);
    expect(sandbox.audit.at(-1)).toMatchObject({ auditID: 'lost-1', verb: 'patch', responseStatus: { code: 200 } });
    expect(fault.hits()).toBe(1);
    expect((await patchJson(sandbox, webPath, [])).status).toBe(200);
  });

  it('reset-before drops the connection and does nothing', async () => {
    const sandbox = await withWeb(await startSandbox());
    const lines = sandbox.audit.length;
    sandbox.faults.add({ kind: 'reset-before', path: /deployments\/web/ });

    await expect(patchJson(sandbox, webPath, threeMore)).rejects.toThrow('fetch failed');

    expect(sandbox.world.get('deployments', 'shop', 'web')?.spec.replicas).toBe(3);
    expect(sandbox.audit).toHaveLength(lines);
  });

  it.each([
    [false, 3],
    [true, 6],
  ])('hang (after the effect: %s) never answers', async (afterEffect, replicas) => {
    const sandbox = await withWeb(await startSandbox());
    sandbox.faults.add({ kind: 'hang', afterEffect });

    const signal = AbortSignal.timeout(150);
    const init = {
      method: 'PATCH',
      signal,
      headers: { 'Content-Type': 'application/json-patch+json' },
      body: JSON.stringify(threeMore),
    };
    await expect(fetch(sandbox.url + webPath, init)).rejects.toThrow('timeout');

    expect(sandbox.world.get('deployments', 'shop', 'web')?.spec.replicas).toBe(replicas);
  });

  it.each([
    [409, 'Conflict'],
    [422, 'Invalid'],
    [429, 'TooManyRequests'],
    [500, 'InternalError'],
    [503, 'ServiceUnavailable'],
  ] as const)('status %i answers a Status with its reason, as often as told', async (code, reason) => {
    const sandbox = await withWeb(await startSandbox());
    sandbox.faults.add({ kind: 'status', code, times: 2, dryRun: false });

    const answers = [];
    for (let count = 0; count < 3; count++) answers.push(await patchJson(sandbox, webPath, threeMore));

    expect(answers.map(({ status }) => status)).toEqual([code, code, 200]);
    expect(await answers[0]?.json()).toMatchObject({ kind: 'Status', status: 'Failure', reason, code });
    expect(answers[0]?.headers.get('retry-after')).toBe(code === 429 ? '1' : null);
    expect(sandbox.audit.filter(isEffect).map(({ responseStatus }) => responseStatus.code)).toEqual([code, code, 200]);
  });

  it('that is for effects lets dry runs through', async () => {
    const sandbox = await withWeb(await startSandbox());
    sandbox.faults.add({ kind: 'status', code: 503, dryRun: false });

    expect((await patchJson(sandbox, `${webPath}?dryRun=All`, threeMore)).status).toBe(200);
    expect((await patchJson(sandbox, webPath, threeMore)).status).toBe(503);
  });

  it('mutate changes what is stored and what a dry run shows', async () => {
    const sandbox = await withWeb(await startSandbox());
    const fault = sandbox.faults.add({
      kind: 'mutate',
      resource: 'deployments',
      change: (object) => Object.assign(object['spec'] ?? {}, { replicas: 4 }),
    });

    const dry: unknown = await (await patchJson(sandbox, `${webPath}?dryRun=All`, threeMore)).json();
    const real: unknown = await (await patchJson(sandbox, webPath, threeMore)).json();
    fault.remove();
    const later: unknown = await (await patchJson(sandbox, webPath, threeMore)).json();

    expect([dry, real, later]).toMatchObject([
      { spec: { replicas: 4 } },
      { spec: { replicas: 4 } },
      { spec: { replicas: 6 } },
    ]);
  });
});

describe('the audit log', () => {
  it('is in the file before the answer is here, with the bytes of the write', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'audit-'));
    folders.push(folder);
    const auditFile = join(folder, 'audit.log');
    const sandbox = await withWeb(await startSandbox({ auditFile }));

    await patchJson(sandbox, `${webPath}?dryRun=All`, threeMore);
    await patchJson(sandbox, `${webPath}?fieldManager=firebreak`, threeMore, { 'Audit-ID': 'mine-1' });

    const lines = (await readFile(auditFile, 'utf8')).trimEnd().split('\n');
    const events = lines.map((line): unknown => JSON.parse(line));
    expect(events).toEqual(sandbox.audit);
    expect(events.at(-1)).toMatchObject({
      auditID: 'mine-1',
      verb: 'patch',
      stage: 'ResponseComplete',
      requestURI: `${webPath}?fieldManager=firebreak`,
      objectRef: { resource: 'deployments', namespace: 'shop', name: 'web', apiGroup: 'apps', apiVersion: 'v1' },
      requestObject: threeMore,
    });
    expect(sandbox.audit.filter(isEffect)).toHaveLength(1);
  });

  it.each<[string, string | undefined, boolean]>([
    ['', undefined, true],
    ['?dryRun=All', undefined, false],
    ['', '{"dryRun":["All"]}', false],
    ['?dryRun=All', '{"propagationPolicy":"Background"}', true],
  ])('knows whether a DELETE%s with the body %s had an effect', async (query, body, effect) => {
    const sandbox = await withWeb(await startSandbox());
    await fetch(sandbox.url + webPath + query, { method: 'DELETE', ...(body === undefined ? {} : { body }) });

    expect(sandbox.audit.filter(isEffect)).toHaveLength(effect ? 1 : 0);
    expect(sandbox.world.get('deployments', 'shop', 'web') === undefined).toBe(effect);
  });

  it('shows that a secret was read', async () => {
    const sandbox = await withWeb(await startSandbox());
    sandbox.world.create('secrets', { metadata: { namespace: 'shop', name: 'key' }, data: { a: 'Yg==' } });

    await fetch(`${sandbox.url}/api/v1/namespaces/shop/secrets/key`);

    expect(sandbox.audit.filter(({ objectRef }) => objectRef?.resource === 'secrets')).toHaveLength(1);
  });
});

describe('access', () => {
  it('is refused by rule, in the words of RBAC', async () => {
    const sandbox = await withWeb(await startSandbox());
    sandbox.deny.push({ verb: 'patch', resource: 'deployments', namespace: 'shop' });

    const answer = await patchJson(sandbox, webPath, threeMore);

    expect(answer.status).toBe(403);
    expect(await answer.json()).toMatchObject({
      reason: 'Forbidden',
      message:
        'deployments.apps "web" is forbidden: User "sandbox-user" cannot patch resource "deployments" in API group "apps" in the namespace "shop"',
    });
  });

  it('needs the token when there is one, and the kubeconfig carries it', async () => {
    const sandbox = await startSandbox({ token: 'sesame' });

    expect((await fetch(`${sandbox.url}/api/v1/pods`)).status).toBe(401);
    expect((await fetch(`${sandbox.url}/api/v1/pods`, { headers: { Authorization: 'Bearer sesame' } })).status).toBe(
      200,
    );
    expect(sandbox.kubeconfig('shop')).toContain('token: "sesame"');
  });

  it('by a path that climbs is redirected, not served', async () => {
    const sandbox = await startSandbox();
    const answer = await fetch(`${sandbox.url}/api/v1/namespaces/shop/pods/..%2fsecrets%2fkey`, { redirect: 'manual' });

    expect([answer.status, answer.headers.get('location')]).toEqual([307, '/api/v1/namespaces/shop/secrets/key']);
  });
});

describe('a watch', () => {
  it('tells of every change until the server stops', async () => {
    const sandbox = await withWeb(await startSandbox());
    const answer = await fetch(
      `${sandbox.url}/apis/apps/v1/namespaces/shop/deployments?watch=true&fieldSelector=metadata.name%3Dweb`,
    );
    const seen: string[] = [];
    const reading = (async () => {
      // fetch gives a body for every 200.
      for await (const chunk of answer.body!.pipeThrough(new TextDecoderStream())) {
        for (const line of chunk.split('\n').filter((part) => part !== '')) {
          const event: unknown = JSON.parse(line);
          if (typeof event === 'object' && event !== null && 'type' in event) seen.push(String(event.type));
        }
        if (seen.includes('DELETED')) return;
      }
    })();

    await patchJson(sandbox, webPath, threeMore);
    await fetch(sandbox.url + webPath, { method: 'DELETE' });
    await reading;

    expect(seen).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  });
});

describe('events', () => {
  it('are dropped an hour after they were last added to', async () => {
    const sandbox = await withWeb(await startSandbox());
    sandbox.advance(3_500_000);
    sandbox.world.event('deployments', 'shop', 'web', { type: 'Normal', reason: 'Late', message: 'x', component: 'y' });
    sandbox.advance(200_000);
    await patchJson(sandbox, webPath, [{ op: 'add', path: '/metadata/annotations/note', value: 'x' }]);
    await sandbox.settle();

    expect(sandbox.world.list('events', 'shop').map(({ reason }) => reason)).toEqual(['Late']);
  });
});

describe('stop', () => {
  it('ends open watches and hanging requests', async () => {
    const sandbox = await withWeb(await startSandbox());
    const watching = await fetch(`${sandbox.url}/api/v1/pods?watch=true`);
    sandbox.faults.add({ kind: 'hang' });
    const hanging = fetch(sandbox.url + webPath);
    const ends = Promise.allSettled([watching.text(), hanging]);

    await sandbox.stop();

    expect((await ends).map(({ status }) => status)).toContain('rejected');
    await expect(fetch(sandbox.url)).rejects.toThrow('fetch failed');
  });
});
