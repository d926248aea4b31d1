/** Commands that kubectl 1.34 stops at, or reads otherwise than one would think; each was tried with kubectl itself. */
import { describe, expect, it } from '@jest/globals';
import { compileCommand } from '../../src/runbook/command.ts';

const compile = (command: string) => compileCommand(command);
function codeOf(command: string): string {
  const compiled = compile(command);
  return compiled.kind === 'manual' ? compiled.reason.code : `action ${compiled.action.type}`;
}
function textOf(command: string): string {
  const compiled = compile(command);
  return compiled.kind === 'manual' ? compiled.reason.text : '';
}

describe('flags before the verb', () => {
  it.each([
    'kubectl --all delete pods',
    'kubectl -A get pods',
    'kubectl -w get pods',
    'kubectl -f logs web-1',
    'kubectl --force drain n1',
    'kubectl --containers top pods',
    'kubectl -- get pods',
    'kubectl -n get',
    'kubectl --all=true delete pods',
  ])('`%s` is not taken for the command that it resembles', (command) => {
    expect(codeOf(command)).toBe('malformed');
  });

  it.each([
    ['kubectl -n shop get pods', { type: 'get', namespace: 'shop' }],
    ['kubectl -nshop get pods', { type: 'get', namespace: 'shop' }],
    ['kubectl -n=shop get pods', { type: 'get', namespace: 'shop' }],
    ['kubectl --namespace shop --v=2 get pods', { type: 'get', namespace: 'shop' }],
    ['kubectl --request-timeout 5s get pods', { type: 'get' }],
    ['kubectl rollout -n shop restart deploy web', { type: 'rollout-restart', namespace: 'shop' }],
    ['kubectl --v=1 rollout --namespace=shop status deploy/web', { type: 'rollout-status', namespace: 'shop' }],
    ['kubectl set -n shop image deploy/web web=nginx:1', { type: 'set-image', namespace: 'shop' }],
    ['kubectl top -n shop pods', { type: 'top', namespace: 'shop', what: 'pods' }],
    ['kubectl auth -n shop can-i get pods', { type: 'can-i', namespace: 'shop' }],
    ['kubectl create -n shop configmap c', { type: 'create', namespace: 'shop' }],
  ])('`%s` is taken, as kubectl takes it', (command, action) => {
    expect(compile(command)).toMatchObject({ kind: 'action', action });
  });

  it.each([
    ['kubectl rollout --to-revision=2 undo deploy/web', 'unknown-verb'],
    ['kubectl top --no-headers pods', 'malformed'],
    ['kubectl --kuberc=x get pods', 'other-cluster'],
  ])('`%s` is %s', (command, code) => {
    expect(codeOf(command)).toBe(code);
  });
});

describe('a long flag behind one dash', () => {
  it.each([
    ['kubectl get configmap -namespace shop c', 'namespace'],
    ['kubectl get pods -all-namespaces', 'all-namespaces'],
    ['kubectl get pods -selector=app=web', 'selector'],
    ['kubectl delete pod web-1 -namespace=shop', 'namespace'],
    ['kubectl logs web-1 -tail=10', 'tail'],
    ['kubectl exec web-1 -container app -- ls', 'container'],
  ])('`%s` is not taken for the letters that kubectl reads there', (command, flag) => {
    expect([codeOf(command), textOf(command)]).toEqual(['malformed', expect.stringContaining(`\`--${flag}\``)]);
  });

  it.each([
    [
      'kubectl get pods -nshop -owide -lapp=web',
      { namespace: 'shop', output: { format: 'wide' }, selector: 'app=web' },
    ],
    ['kubectl logs -fp web-1', { type: 'logs', previous: true, bounded: true }],
  ])('`%s` stays what it is', (command, action) => {
    expect(compile(command)).toMatchObject({ action });
  });
});

it('takes the last of two formats, as kubectl does', () => {
  expect(compile('kubectl get pods -o yaml -o name')).toMatchObject({ action: { output: { format: 'name' } } });
});

describe('what the renderer of a page fills in', () => {
  it.each([
    `kubectl annotate pod web-1 note='{{ .Values.note }}'`,
    'kubectl set env deploy/web VERSION={{version}}',
    `kubectl get pods -l 'app={{ app }}'`,
    'kubectl exec web-1 -- notify {{page.channel}}',
    "kubectl apply -f - <<'EOF'\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\ndata:\n  a: '{{ a }}'\nEOF",
  ])('is no text to send: %s', (command) => {
    expect(codeOf(command)).toBe('unresolved-substitution');
  });

  it('is not what an expression of a filter or a patch has for braces', () => {
    expect(codeOf(`kubectl get pods | awk '{{print $1}}'`)).toBe('action get');
    expect(codeOf(`kubectl patch deploy web -p '{"spec":{"template":{"spec":{"dnsPolicy":"None"}}}}'`)).toBe(
      'action patch',
    );
  });
});

describe('patches', () => {
  const patch = (text: string, type = ''): string => `kubectl patch deploy web ${type} -p '${text}'`;

  it.each([
    '{spec: {paused: true}}',
    '{"spec":{"paused":true},}',
    '{"spec":{"paused":true}} # why',
    '  {spec: {paused: true}}',
    '{"spec":{"paused":true}',
    '{"spec":{"paused":true}} {"spec":{}}',
    '{spec: {replicas:3}}',
  ])('what begins with a brace and is no JSON is refused: %s', (text) => {
    expect(codeOf(patch(text))).toBe('malformed');
  });

  it('is refused where the shell takes the quotes out of the JSON', () => {
    expect(codeOf('kubectl patch deploy web -p {"spec":{"replicas":3}}')).toBe('malformed');
    expect(codeOf(`kubectl patch deploy web -p "{'spec':{'paused':true}}"`)).toBe('malformed');
  });

  it('is read as YAML where kubectl does so', () => {
    expect(compile(patch('spec: {paused: true}'))).toMatchObject({ action: { patch: '{"spec":{"paused":true}}' } });
    expect(
      compile(`kubectl patch deploy web --type=json -p "[{'op': 'remove', 'path': '/spec/paused'},]"`),
    ).toMatchObject({ action: { patch: '[{"op":"remove","path":"/spec/paused"}]' } });
  });

  it.each([
    ['--type=Merge', 'merge'],
    ['--type STRATEGIC', 'strategic'],
  ])('takes %s in any case', (flag, patchType) => {
    expect(compile(patch('{"spec":{"paused":true}}', flag))).toMatchObject({ action: { type: 'patch', patchType } });
  });

  it('says that the patch is open when all of it is', () => {
    expect(codeOf('kubectl patch deploy web -p "$(cat patch.json)"')).toBe('unresolved-substitution');
    expect(codeOf('kubectl patch deploy web -p "$PATCH"')).toBe('unresolved-substitution');
  });
});

describe('reasons that fit', () => {
  it.each([
    ['kubectl create deployment x --image=nginx -- sleep 1', 'left-to-people', 'command of its own'],
    ['kubectl create job x --from=cronjob/y -- date', 'malformed', '--from or a command'],
    ['kubectl create cm -- x', 'malformed', 'runs no command'],
    ['kubectl create ns x -- y', 'malformed', 'runs no command'],
    ['oc scale dc/web --replicas=1', 'external-tool', 'DeploymentConfig'],
    ['oc scale dc web --replicas=1', 'external-tool', 'DeploymentConfig'],
    ['oc drain n1', 'malformed', 'oc adm drain'],
    ['oc cordon n1', 'malformed', 'oc adm cordon'],
    ['oc uncordon n1', 'malformed', 'oc adm uncordon'],
    ['oc taint nodes n1 a=b:NoSchedule', 'malformed', 'oc adm taint'],
    ['oc top pods', 'malformed', 'oc adm top'],
    ['kubectl autoscale deploy web --min=4 --max=3', 'malformed', 'more than --max'],
    ['kubectl logs pod web-1', 'malformed', '`pod/NAME`'],
    ['kubectl cordon node n1', 'malformed', 'leave the word out'],
    ["kubectl get nodes -o template --template='{{.x}}'", 'external-tool', 'Go templates'],
    ["kubectl get nodes --template '{{.x}}'", 'external-tool', 'Go templates'],
    ["kubectl get nodes -o jsonpath --template='{.x}'", 'unknown-flag', '-o jsonpath='],
    ['kubectl label --dry-run=server ns web a=b', 'changes-nothing', 'kubectl label --dry-run'],
    ['kubectl apply --dry-run=client -f web.yaml', 'changes-nothing', 'kubectl apply --dry-run'],
    ['kubectl create ns web --dry-run=client -o yaml', 'changes-nothing', '--dry-run'],
    ['kubectl get pods --dry-run=client', 'unknown-flag', '--dry-run'],
    ['kubectl get pods -n a -n b', 'malformed', '--namespace is given twice'],
    ['kubectl set image deploy/web web=web:2 --record', 'unknown-flag', 'annotation'],
    ['kubectl apply -f crds.yaml -f operator.yaml', 'operator-host', 'outside of this document'],
    ['kubectl apply --validate=false -f https://shop.example/crds.yaml', 'operator-host', 'outside of this document'],
    ['kubectl create --edit -f -', 'edits-by-hand', 'editor'],
    ['kubectl create -f crds.yaml -f -', 'operator-host', 'outside of this document'],
    ['kubectl create secret generic ca --from-file=ca.crt=<PATH/TO/CA.CRT>', 'reads-secret', 'Secrets'],
    ['[blue]$ kubectl get pods', 'operator-host', 'prompt of a machine'],
    ['root@node-1:~# kubectl get pods', 'operator-host', 'prompt of a machine'],
  ])('`%s`: %s', (command, code, text) => {
    expect([codeOf(command), textOf(command)]).toEqual([code, expect.stringContaining(text)]);
  });

  it.each([
    ['oc adm drain n1 --ignore-daemonsets', { type: 'drain' }],
    ['oc adm cordon n1', { type: 'cordon' }],
    ['oc adm top nodes', { type: 'top' }],
    ['kubectl drain n1 --ignore-daemonsets', { type: 'drain' }],
  ])('`%s` stays what it is', (command, action) => {
    expect(compile(command)).toMatchObject({ action });
  });

  it('leaves the lower bound to the server, as kubectl does with 0 and less', () => {
    const compiled = compile('kubectl autoscale deploy web --min=0 --max=3');

    expect(compiled).toMatchObject({ action: { type: 'autoscale', max: 3 } });
    expect(compiled).not.toHaveProperty('action.min');
  });
});

describe('placeholders', () => {
  it.each([
    ['kubectl logs POD -c CONTAINER', ['POD', 'CONTAINER']],
    ['kubectl cordon NODE', ['NODE']],
    ['kubectl get node NODE-NAME', ['NODE-NAME']],
    ['kubectl exec POD -- ls </path/to/file>', ['POD', 'path-to-file']],
    ['kubectl drain NODE --ignore-daemonsets', ['NODE']],
    ['oc rsh -n<NS> deploy/x df -h', ['NS']],
    ['kubectl get pods -n<namespace>', ['namespace']],
  ])('`%s` leaves %j open', (command, names) => {
    const compiled = compile(command);

    expect(compiled.kind === 'action' && compiled.parameters.map(({ name }) => name)).toEqual(names);
  });

  it('leaves redirections alone', () => {
    expect(codeOf('kubectl get pods -n<in>out')).not.toMatch(/^action/);
  });
});
