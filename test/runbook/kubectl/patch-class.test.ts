import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileCommand } from '../../../src/runbook/command.ts';

function classOf(command: string): string {
  const compiled = compileCommand(command);
  if (compiled.kind === 'manual') return compiled.reason.code;
  return compiled.live ? `${compiled.class} live` : compiled.class;
}

const template = (spec: string): string => `{"spec":{"template":{"spec":${spec}}}}`;

describe('a patch', () => {
  it.each([
    ['deploy/web', '{"spec":{"replicas":3}}', 'change live'],
    ['deploy/web', '{"spec":{"replicas":0}}', 'destructive'],
    ['deploy/web', '{"spec":{"replicas":<n>}}', 'change live'],
    ['deploy/web', '{"spec":{"paused":true}}', 'change live'],
    ['deploy/web', '{"metadata":{"labels":{"a":"b"}}}', 'change live'],
    ['deploy/web', '{"metadata":{"annotations":{"a":null}}}', 'change live'],
    ['deploy/web', '{"metadata":{"finalizers":null}}', 'destructive'],
    ['deploy/web', template('{"containers":[{"name":"web","image":"nginx:<tag>"}]}'), 'change live'],
    ['deploy/web', template('{"containers":[{"name":"web","env":[{"name":"A","value":"b"}]}]}'), 'change live'],
    ['deploy/web', template('{"containers":[{"name":"web","resources":{"limits":{"cpu":"1"}}}]}'), 'change live'],
    ['deploy/web', template('{"containers":[{"name":"web","command":["sh"]}]}'), 'destructive'],
    ['deploy/web', template('{"containers":[{"name":"web","$patch":"delete"}]}'), 'destructive'],
    ['deploy/web', template('{"terminationGracePeriodSeconds":0}'), 'destructive'],
    ['deploy/web', template('{"serviceAccountName":"admin"}'), 'never-run'],
    ['deploy/web', template('{"hostNetwork":<x>}'), 'never-run'],
    ['deploy/web', template('{"hostPID":true}'), 'never-run'],
    ['deploy/web', template('{"volumes":[{"name":"h","hostPath":{"path":"/"}}]}'), 'never-run'],
    ['deploy/web', template('{"containers":[{"name":"w","securityContext":{"privileged":true}}]}'), 'never-run'],
    [
      'deploy/web',
      template('{"containers":[{"name":"w","securityContext":{"capabilities":{"add":["SYS_ADMIN"]}}}]}'),
      'never-run',
    ],
    ['cronjob/x', '{"spec":{"jobTemplate":{"spec":{"template":{"spec":{"hostIPC":true}}}}}}', 'never-run'],
    ['cronjob/x', '{"spec":{"suspend":true}}', 'destructive'],
    ['pod/x', '{"spec":{"serviceAccountName":"admin"}}', 'never-run'],
    ['ns/x', '{"metadata":{"labels":{"pod-security.kubernetes.io/enforce":"privileged"}}}', 'never-run'],
    ['ns/x', '{"metadata":{"labels":{"a":"b"}}}', 'destructive'],
    ['svc/web', '{"spec":{"selector":{"version":"green"}}}', 'destructive'],
    ['hpa/web', '{"spec":{"minReplicas":2,"maxReplicas":9}}', 'change live'],
    ['hpa/web', '{"spec":{"metrics":[]}}', 'destructive'],
    ['cm/web', '{"data":{"a":"b"}}', 'change live'],
    ['cm/web', '{"immutable":true}', 'destructive'],
    ['gadgets.example.com/web', '{"spec":{"replicas":3}}', 'destructive'],
  ])('of %s with %s is %s', (object, patch, expected) => {
    expect(classOf(`kubectl patch ${object} -p '${patch}'`)).toBe(expected);
  });

  it.each([
    ['deploy/web', '[{"op":"replace","path":"/spec/replicas","value":3}]', 'change live'],
    ['deploy/web', '[{"op":"replace","path":"/spec/replicas","value":0}]', 'destructive'],
    ['deploy/web', '[{"op":"remove","path":"/spec/replicas"}]', 'destructive'],
    [
      'deploy/web',
      '[{"op":"test","path":"/spec/x","value":3},{"op":"add","path":"/metadata/labels/a~1b","value":"c"}]',
      'change live',
    ],
    ['deploy/web', '[{"op":"replace","path":"/spec/template/spec/containers/0/image","value":"a:<t>"}]', 'change live'],
    [
      'deploy/web',
      '[{"op":"add","path":"/spec/template/spec/containers/0/env/-","value":{"name":"A"}}]',
      'change live',
    ],
    ['deploy/web', '[{"op":"replace","path":"/spec/template/spec/containers/0/name","value":"b"}]', 'destructive'],
    [
      'deploy/web',
      '[{"op":"replace","path":"/spec/template/spec/containers/0","value":{"name":"a","image":"b"}}]',
      'destructive',
    ],
    ['deploy/web', '[{"op":"add","path":"/spec/template/spec","value":{"hostNetwork":true}}]', 'never-run'],
    [
      'deploy/web',
      '[{"op":"remove","path":"/spec/template/spec/containers/0/securityContext/privileged"}]',
      'never-run',
    ],
    ['deploy/web', '[{"op":"copy","from":"/spec/template/spec/hostPID","path":"/metadata/labels/a"}]', 'never-run'],
    ['deploy/web', '[{"op":"move","from":"/metadata/labels/a","path":"/metadata/labels/b"}]', 'destructive'],
    ['svc/web', '[{"op":"replace","path":"/spec/selector/version","value":"green"}]', 'destructive'],
    ['ns/x', '[{"op":"add","path":"/metadata/labels/pod-security.kubernetes.io~1enforce","value":"x"}]', 'never-run'],
    ['ns/x', '[{"op":"add","path":"/metadata/labels","value":{"pod-security.kubernetes.io/warn":"x"}}]', 'never-run'],
  ])('of %s with the operations %s is %s', (object, patch, expected) => {
    expect(classOf(`kubectl patch ${object} --type json -p '${patch}'`)).toBe(expected);
  });

  it('that puts a whole list in place is never a safe one', () => {
    const images = template('{"containers":[{"name":"web","image":"nginx:1"}]}');

    expect(classOf(`kubectl patch deploy/web --type=merge -p '${images}'`)).toBe('destructive');
    expect(classOf(`kubectl patch deploy/web --type=Strategic -p '${images}'`)).toBe('change live');
  });
});

describe('what is made', () => {
  it.each([
    ['kubectl create ns web', 'change live'],
    ['kubectl create cm web --from-literal=a=b', 'change live'],
    ['kubectl create deployment web --image=nginx', 'change live'],
    [`kubectl create -f - <<'E'\n{"apiVersion":"v1","kind":"Service","metadata":{"name":"x"}}\nE`, 'destructive'],
    [`kubectl create -f - <<'E'\n{"apiVersion":"batch/v1","kind":"Job","metadata":{"name":"x"}}\nE`, 'destructive'],
    [
      `kubectl create -f - <<'E'\n{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"my-config"}}\nE`,
      'change live',
    ],
  ])('by %s is %s', (command, expected) => {
    expect(classOf(command)).toBe(expected);
  });
});

const objects = fc.constantFrom(
  'deploy/web',
  'pod/web-1',
  'node/n1',
  'svc/web',
  'cm/web',
  'hpa/web',
  'sts web',
  'pods -l app=web',
  'pods --all',
  'nodes n1',
  'job x y',
);
const writes = fc.constantFrom(
  'delete',
  'scale --replicas=0',
  'scale --replicas=3',
  'rollout restart',
  'rollout undo',
  'rollout pause',
  'rollout resume',
  'label',
  'annotate',
  'patch -p {}',
  'set env',
  'set image',
  'set resources',
  'cordon',
  'uncordon',
  'drain',
  'taint',
  'autoscale --max=3',
  'create',
  'create ns',
  'create job x --from=cronjob/y',
  'apply -f -',
  'replace',
  'edit',
  'exec web-1 -- rm',
  'exec web-1 -- sh -c',
  'adm drain',
  'adm cordon',
  'rsh',
  'run x --image=y',
  'expose',
  'debug',
  'cp',
  'attach',
);
const flags = fc.subarray(
  [
    '-n shop',
    '--all',
    'a=b',
    'a-',
    'web=nginx:1',
    'a=b:NoExecute',
    '--overwrite',
    '--force',
    '--limits=cpu=1',
    '--grace-period=1',
    '-o yaml',
    '--now',
    '-l a=b',
    '--wait=false',
    '2>/dev/null',
    '| grep x',
    '&& echo ok',
    '; kubectl get pods',
  ],
  { maxLength: 2 },
);

describe('the class', () => {
  it('of what can write is never read', () => {
    let acted = 0;
    fc.assert(
      fc.property(
        fc.constantFrom('kubectl', 'oc', 'sudo kubectl'),
        writes,
        objects,
        flags,
        (program, verb, object, more) => {
          const command = `${program} ${verb} ${object} ${more.join(' ')}`;
          const compiled = compileCommand(command);
          if (compiled.kind === 'manual') return;
          acted++;
          expect([command, compiled.class]).not.toEqual([command, 'read']);
        },
      ),
      { numRuns: 6000, seed: 20261122 },
    );
    expect(acted).toBeGreaterThan(200);
  });

  it.each([
    `curl -X POST http://web.shop.svc/a`,
    `curl -d a=b http://web.shop.svc/a`,
    `curl -T - http://web.shop.svc/a`,
    `wget --post-data=a http://web.shop.svc/a`,
    `docker restart web`,
    `docker-compose up -d web`,
    `kubectl exec web -- redis-cli flushall`,
    `kubectl exec web -- sh -c 'rm /x'`,
  ])('of %s is not read', (command) => {
    expect(classOf(command)).not.toBe('read');
  });
});
