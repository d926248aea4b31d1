import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { defaultCompilePolicy } from '../../src/runbook/compile-policy.ts';
import { isExecRead, namesSecretMount } from '../../src/runbook/exec-policy.ts';

const isRead = (command: string): boolean => isExecRead(command.split(' '), defaultCompilePolicy.exec);

describe('the default list', () => {
  test.each([
    'nvidia-smi',
    'nvidia-smi -L',
    'nvidia-smi -q -d MEMORY,UTILIZATION',
    'nvidia-smi --query-gpu=memory.used,memory.total --format=csv,noheader',
    'nvidia-smi topo -m',
    'hl-smi',
    'df',
    'df -h /data',
    'du -sh /app/logs',
    'free -m',
    'ps aux',
    'ps -ef',
    'ps auxww --sort=-%mem',
    'ps -eo pid,ppid,cmd --sort=-rss',
    'ls -la /app',
    'uptime',
    'cat /proc/meminfo',
    'cat /proc/1/status',
    'cat /proc/self/limits',
    'cat /proc/net/dev',
    'cat /proc/sys/fs/file-nr',
    'cat /proc/driver/nvidia/version',
    'curl localhost:8080/health',
    'curl -sf http://127.0.0.1:8000/metrics?name=x',
    'curl -s -o /dev/null -w %{http_code} http://localhost/healthz',
    'curl -fsSm 5 http://[::1]:9090/-/healthy',
    'curl -I http://localhost:80',
    'curl -X GET -H Accept:text/plain http://localhost:1/',
  ])('%s only looks', (command) => {
    expect(isRead(command)).toBe(true);
  });

  test.each([
    'nvidia-smi -r',
    'nvidia-smi --gpu-reset',
    'nvidia-smi -pm 1',
    'nvidia-smi -pl 250',
    'nvidia-smi -q -f /tmp/out',
    'nvidia-smi -q --filename=/tmp/out',
    'nvidia-smi -q -d -r',
    'nvidia-smi --query-gpu=x -r',
    'nvidia-smi mig -dci',
    'nvidia-smi -i 0 -e 1',
    'hl-smi --reset',
    'hl-smi -r',
    'du --files0-from=/app/.env',
    'ps e',
    'ps auxe',
    'ps -auxe',
    'ps -eo pid,environ',
    'ps axe -o cmd',
    'cat /etc/passwd',
    'cat /proc/1/environ',
    'cat /proc/self/task/1/environ',
    'cat /proc/1/root/etc/shadow',
    'cat /proc/1/cwd/.env',
    'cat /proc/1/fd/3',
    'cat /proc/1/mem',
    'cat /proc/kcore',
    'cat /proc/kmsg',
    'cat /proc/../etc/passwd',
    'cat /proc/1/../../etc/passwd',
    'cat /proc//1/environ',
    'cat /proc/meminfo /etc/passwd',
    'ls /run/secrets/db',
    'ls ../secret',
    '/tmp/ls',
    './df',
    'ls; rm',
    'sh -c ls',
    'curl http://example.com/',
    'curl http://localhost.example.com/',
    'curl http://localhost:80@example.com/',
    'curl http://user@localhost/',
    'curl http://localhost/{a,b}',
    'curl http://localhost/ http://example.com/',
    'curl file:///etc/passwd',
    'curl localhost:8080/reload -d x',
    'curl -X POST localhost:8080',
    'curl -XPOST localhost:8080',
    'curl -X GET --request-target /x localhost',
    'curl -T f localhost',
    'curl -F a=b localhost',
    'curl -o /tmp/x localhost',
    'curl -O localhost/x',
    'curl -K /tmp/config localhost',
    'curl -H @/etc/passwd localhost',
    'curl -w @/etc/passwd localhost',
    'curl -w %output{/tmp/x} localhost',
    'curl -sLf localhost',
    'curl -k https://localhost',
    'curl --unix-socket /var/run/docker.sock http://localhost/containers/json',
    'curl --next localhost',
    'curl',
    'wget -qO- http://localhost',
    'env',
    'printenv',
    'ip addr',
  ])('%s does more', (command) => {
    expect(isRead(command)).toBe(false);
  });

  test('words that are left open only stand where any word may', () => {
    const open = { template: [{ parameter: 'dir' }] };

    expect(isExecRead(['ls', '-l', open], defaultCompilePolicy.exec)).toBe(true);
    expect(isExecRead(['cat', open], defaultCompilePolicy.exec)).toBe(false);
    expect(isExecRead(['cat', { template: ['/proc/', { parameter: 'pid' }] }], defaultCompilePolicy.exec)).toBe(false);
    expect(isExecRead(['ps', open], defaultCompilePolicy.exec)).toBe(false);
    expect(isExecRead([open], defaultCompilePolicy.exec)).toBe(false);
    expect(isExecRead(['curl', open], defaultCompilePolicy.exec)).toBe(false);
  });
});

describe('patterns', () => {
  test.each([
    [['rabbitmqctl', 'list_queues'], ['rabbitmqctl', 'list_queues'], true],
    [['rabbitmqctl', 'list_queues'], ['rabbitmqctl', 'list_queues', '-p'], false],
    [['rabbitmqctl', 'list_*'], ['rabbitmqctl', 'list_queues'], true],
    [['rabbitmqctl', 'list_*'], ['rabbitmqctl', 'delete_queue'], false],
    [['redis-cli', 'info', '*'], ['redis-cli', 'info', 'memory'], true],
    [['redis-cli', 'info', '*'], ['redis-cli', 'info', '-x'], false],
    [['redis-cli', 'info', '*'], ['redis-cli', 'info', 'a b'], false],
    [['x', 'a*b*c'], ['x', 'a-b-c'], true],
    [['x', 'a*b*c'], ['x', 'a-c'], false],
    [['x', 'ab*ba'], ['x', 'aba'], false],
    [['x', '...'], ['x'], true],
    [['x', '...'], ['x', '--any', 'thing'], true],
    [['x', '...', 'y'], ['x', 'a', 'y'], false],
    [['...'], ['x'], false],
    [['.*'], ['xx'], false],
    [['x', 'a.c'], ['x', 'abc'], false],
    // What no pattern lifts.
    [['cat', '...'], ['cat', '/app/config.yaml'], true],
    [['cat', '...'], ['cat', '/proc/1/environ'], false],
    [['cat', '...'], ['cat', '/run/secrets/token'], false],
    [['cat', '/app/*'], ['cat', '/app/../etc/shadow'], false],
    [['nvidia-smi', '...'], ['nvidia-smi', '-r'], false],
    [['ps', '...'], ['ps', 'auxe'], false],
  ])('%j and %j: %s', (pattern, argv, fits) => {
    expect(isExecRead(argv, [pattern])).toBe(fits);
  });

  test('no command outside of the patterns ever counts as a read', () => {
    const words = fc.constantFrom(
      'ls',
      'cat',
      'rm',
      'sh',
      '-c',
      '-rf',
      '/',
      '/proc/1/environ',
      'x',
      '*',
      '...',
      '',
      '-o',
    );
    const word = fc.oneof(words, fc.string({ maxLength: 12 }));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 5 }), (argv) => {
        const first = argv[0] ?? '';
        const allowed = new Set(defaultCompilePolicy.exec.map(([program]) => program).concat('curl'));
        if (!isExecRead(argv, defaultCompilePolicy.exec)) return;
        expect(allowed.has(first)).toBe(true);
        expect(argv.some((each) => namesSecretMount(each) || /(?:^|\/)\.\.(?:\/|$)/.test(each))).toBe(false);
        expect(first === 'cat' && argv.some((each) => each.includes('environ'))).toBe(false);
      }),
      { numRuns: 5_000 },
    );
  });

  test('nothing is a read when the policy lists nothing, but a GET of the pod itself', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ maxLength: 8 }), { maxLength: 4 }), (argv) => {
        expect(isExecRead(argv, [])).toBe(false);
      }),
    );
    expect(isExecRead(['curl', 'http://localhost/'], [])).toBe(true);
  });

  test('a pattern of many stars is matched in little time', () => {
    const started = performance.now();

    expect(isExecRead(['x', `${'a'.repeat(30_000)}!`], [['x', `${'a*'.repeat(60)}b`]])).toBe(false);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

test.each([
  ['/var/run/secrets/kubernetes.io/serviceaccount/token', true],
  ['--header=@/run/secrets/x', true],
  ['/run/./secrets//x', true],
  ['/proc/1/root/var/run/secrets', true],
  ['run/secrets', true],
  ['/app/secrets/x', false],
  ['/run/secretservice', false],
  ['rerun/secrets-list', false],
])('%s is below a mount of secrets: %s', (path, is) => {
  expect(namesSecretMount(path)).toBe(is);
});
