import { describe, expect, test } from '@jest/globals';
import { type CompilePolicy, defaultCompilePolicy } from '../../src/runbook/compile-policy.ts';
import { compileKubectl, manualKubectl } from '../../src/runbook/kubectl/kubectl.ts';
import { isRefusal } from '../../src/runbook/reasons.ts';
import { readScript } from '../../src/runbook/shell/shell.ts';

type Read = { readonly kind: string; readonly [field: string]: unknown };

/** `exec-read …`, `exec …`, or the reason's code. */
function read(source: string, context: { stdin?: string; policy?: CompilePolicy } = {}): Read {
  const shape = readScript(source).units[0]?.shape;
  const command = shape?.kind === 'pipeline' ? shape.commands[0] : undefined;
  const known = manualKubectl(command?.rough.slice(1) ?? []);
  if (known) return { kind: known.refused.code, text: known.refused.text };
  if (!command?.words) return { kind: `obstacle ${command?.obstacle ?? 'none'}` };
  const compiled = compileKubectl(command.words.slice(1), { ...context, program: command.rough[0] ?? '' });
  if (isRefusal(compiled)) return { kind: compiled.refused.code, text: compiled.refused.text };
  const { type, ...rest } = compiled.action;
  return { ...rest, kind: type, ...(compiled.note === undefined ? {} : { note: compiled.note }) };
}

const kindOf = (source: string, context?: Parameters<typeof read>[1]): string => read(source, context).kind;
const inPod = (command: string): string => kindOf(`kubectl exec web-1 -- ${command}`);

describe('the target and the flags of kubectl exec', () => {
  test.each([
    ['kubectl exec web-1 -- df -h', { of: { resource: 'pods', name: 'web-1' }, argv: ['df', '-h'] }],
    [
      'kubectl exec pod/web-1 -n shop -- df',
      { of: { resource: 'pods', name: 'web-1' }, namespace: 'shop', argv: ['df'] },
    ],
    [
      'kubectl -n shop exec deploy/web -c app -- df',
      { of: { resource: 'deployments', name: 'web' }, namespace: 'shop', container: 'app', argv: ['df'] },
    ],
    ['kubectl exec -it sts/db -- df', { of: { resource: 'statefulsets', name: 'db' }, argv: ['df'] }],
    [
      'kubectl exec -ti web-1 -c=app -- df',
      { of: { resource: 'pods', name: 'web-1' }, container: 'app', argv: ['df'] },
    ],
    [
      'kubectl exec --stdin --tty svc/web --container app -- df -h -- /x',
      { of: { resource: 'services', name: 'web' }, container: 'app', argv: ['df', '-h', '--', '/x'] },
    ],
    ['oc exec web-1 -- df', { of: { resource: 'pods', name: 'web-1' }, argv: ['df'] }],
    ['oc rsh web-1 df -h', { of: { resource: 'pods', name: 'web-1' }, argv: ['df', '-h'] }],
    [
      'oc -n shop rsh -T -c app deploy/web df -h',
      { of: { resource: 'deployments', name: 'web' }, namespace: 'shop', container: 'app', argv: ['df', '-h'] },
    ],
    ['oc rsh web-1 -- df', { of: { resource: 'pods', name: 'web-1' }, argv: ['df'] }],
  ])('%s', (source, action) => {
    expect(read(source)).toEqual({ kind: 'exec-read', ...action });
  });

  test.each([
    ['kubectl exec -- df', 'malformed'],
    ['kubectl exec web-1 --', 'malformed'],
    ['kubectl exec web-1', 'malformed'],
    ['kubectl exec web-1 df -h', 'malformed'],
    ['kubectl exec web-1 web-2 -- df', 'malformed'],
    ['kubectl exec pod web-1 -- df', 'malformed'],
    ['kubectl exec configmap/web -- df', 'malformed'],
    ['kubectl exec node/n1 -- df', 'malformed'],
    ['kubectl exec deployments.example.com/web -- df', 'malformed'],
    ['kubectl exec -c -- df', 'malformed'],
    ['kubectl exec web-1 -c a -c b -- df', 'malformed'],
    ['kubectl exec -f pod.yaml -- df', 'unknown-flag'],
    ['kubectl exec web-1 -l app=web -- df', 'unknown-flag'],
    ['kubectl exec web-1 --pod-running-timeout=5m -- df', 'unknown-flag'],
    ['kubectl exec --context prod web-1 -- df', 'other-cluster'],
    ['kubectl exec secret/web -- df', 'reads-secret'],
    ['kubectl exec web-1 -- <command>', 'unresolved-substitution'],
    ['kubectl rsh web-1 df', 'unknown-verb'],
    ['oc rsh', 'malformed'],
    ['oc rsh web-1', 'needs-terminal'],
  ])('%s is %s', (source, code) => {
    expect(kindOf(source)).toBe(code);
  });

  test('standard input from a here-document is for a person', () => {
    expect(kindOf('kubectl exec -i db-0 -- psql -f -', { stdin: 'select 1;\n' })).toBe('pipes-into-code');
  });

  test('a pod that is left open stays open', () => {
    expect(read('kubectl exec -it <pod-name> -n shop -- nvidia-smi')).toEqual({
      kind: 'exec-read',
      of: { resource: 'pods', name: { template: [{ parameter: 'pod-name' }] } },
      namespace: 'shop',
      argv: ['nvidia-smi'],
    });
  });
});

describe('what waits for somebody, never ends, or is never run', () => {
  test.each([
    'bash',
    '/bin/sh',
    'sh -l',
    'bash -s',
    'env TERM=xterm bash',
    'psql -U app -d shop',
    'psql -Uclark shop',
    'mysql -u root -psecret',
    'redis-cli -h cache -p 6379',
    'redis-cli',
    'mongosh',
    'python',
    'python3 -i',
    'python -W ignore',
    'python manage.py shell',
    'node',
    'rails console',
    'sqlite3 /data/app.db',
    'top',
    'vi /etc/hosts',
    'less /var/log/app.log',
    'su - postgres',
    'sudo -i',
  ])('%s needs a terminal', (command) => {
    expect(inPod(command)).toBe('needs-terminal');
  });

  test.each([
    'ping db',
    'ping -i 2 db',
    'tail -f /var/log/app.log',
    'tail -100f /var/log/app.log',
    'tail --follow=name /x',
    'top -b',
    'top -b -d 5',
    'nvidia-smi -l 1',
    'nvidia-smi -l5',
    'nvidia-smi --loop=5',
    'nvidia-smi dmon',
    'nvidia-smi --query-gpu=name --format=csv -lms 100',
    'vmstat 1',
    'free -s 3',
    'watch nvidia-smi',
    'redis-cli monitor',
    'redis-cli --stat',
    'tcpdump -i eth0',
    'journalctl -fu kubelet',
    'sleep infinity',
  ])('%s has no end', (command) => {
    expect(inPod(command)).toBe('endless');
  });

  test.each([
    'rm -rf /tmp/cache',
    '/bin/rm x',
    'busybox rm x',
    'sudo rm x',
    'timeout 5 rm x',
    'sh -c "cd /app && rm -rf logs"',
    'bash -c "find . | xargs rm -f"',
    'find /app -name x -exec rm {} +',
    'cat /var/run/secrets/kubernetes.io/serviceaccount/token',
    'ls /var/run/secrets',
    'cat /run//./secrets/db-password',
    'sh -c "cat /var/run/secrets/kubernetes.io/serviceaccount/token | wc -c"',
    'curl -H @/var/run/secrets/kubernetes.io/serviceaccount/token http://localhost/',
  ])('%s is never run', (command) => {
    expect(inPod(command)).toBe('never-run');
  });

  test.each([
    'ping -c 4 db',
    'ping -c4 db',
    'timeout 5 ping db',
    'tail -100 /var/log/app.log',
    'top -b -n 1',
    'top -bn1',
    'psql -c "VACUUM ANALYZE;"',
    'psql -U app -tAc "select 1"',
    'psql -U app --command="select 1"',
    'psql -f /scripts/fix.sql',
    'mysql -u root -e "show processlist"',
    'redis-cli -h cache info memory',
    'mongosh --eval "db.stats()"',
    'sqlite3 /data/app.db "select 1"',
    'bash -c "echo hello"',
    'sh /scripts/fix.sh',
    'python -m memory_profiler script.py',
    'python scripts/health_check.py',
    'node -e "process.exit(1)"',
    'vmstat 1 5',
    'kill -USR1 1',
    'find /app/logs -name "*.log" -mtime +7 -delete',
    'pg_dump -U app shop',
    'env',
    'printenv DATABASE_URL',
    'nvidia-smi -r',
    'nvidia-smi --gpu-reset -i 0',
    'nvidia-smi -pm 1',
    'curl -X POST http://localhost:8000/reload',
    'tar -xzf /app/models.tar.gz -C /app/',
  ])('%s is a change that people approve', (command) => {
    expect(inPod(command)).toBe('exec');
  });

  test('a new process is said to be one', () => {
    expect(read('kubectl exec web-1 -- python -c "import torch; torch.cuda.empty_cache()"')).toMatchObject({
      kind: 'exec',
      note: expect.stringContaining('new process'),
    });
    expect(read('kubectl exec web-1 -- pg_dump shop')).not.toHaveProperty('note');
  });
});

test('the read list is that of the policy', () => {
  const policy: CompilePolicy = { ...defaultCompilePolicy, exec: [['rabbitmqctl', 'list_queues', '...']] };

  expect(kindOf('kubectl exec mq-0 -- rabbitmqctl list_queues -p shop', { policy })).toBe('exec-read');
  expect(kindOf('kubectl exec mq-0 -- rabbitmqctl delete_queue jobs', { policy })).toBe('exec');
  expect(kindOf('kubectl exec mq-0 -- df -h', { policy })).toBe('exec');
});
