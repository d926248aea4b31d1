import { describe, expect, it } from '@jest/globals';
import { hidesValue, looksSecret, maskJson, maskText, maskValue, maskWords, masked } from '../../src/domain/masking.ts';

describe('names of secrets', () => {
  it.each([
    'PASSWORD',
    'DB_PASSWORD',
    'dbPassword',
    'db-passwd',
    'PGPASS',
    'API_TOKEN',
    'token',
    'CLIENT_SECRET',
    'secret',
    'AWS_SECRET_ACCESS_KEY',
    'API_KEY',
    'apiKey',
    'STRIPE_KEY',
    'PRIVATE_KEY',
    'KEY',
    'CREDENTIALS',
    'SENTRY_DSN',
    'connection-string',
    'SLACK_WEBHOOK_URL',
  ])('%s', (name) => {
    expect(looksSecret(name, 'x1')).toBe(true);
  });

  it.each([
    ['HDC_GPU_BATCH_SIZE', '50'],
    ['MAX_TOKENS', '4096'],
    ['MAX_NUM_BATCHED_TOKENS', '8192'],
    ['TOKEN_TTL', '30s'],
    ['MONKEY', 'x'],
    ['KEYSPACE', 'x'],
    ['COMPASS', 'north'],
    ['PASSTHROUGH', 'yes'],
    ['DB_PASSWORD_FILE', '/run/secrets/db'],
    ['PASSWORD', ''],
  ])('not %s', (name, value) => {
    expect(looksSecret(name, value)).toBe(false);
  });
});

describe('free text', () => {
  it.each([
    ['postgres://app:hunter2@db:5432/x', `postgres://app:${masked}@db:5432/x`],
    ['redis://:hunter2@cache:6379', `redis://:${masked}@cache:6379`],
    ['run --password=hunter2 --verbose', `run --password=${masked} --verbose`],
    ['run --password hunter2 --verbose', `run --password ${masked} --verbose`],
    ['[-api-token hunter2]', `[-api-token ${masked}]`],
    [`sh -c 'run --password "hunter 2"'`, `sh -c 'run --password "${masked}"'`],
    ['["--password", "hunter2", "-v"]', `["--password", "${masked}", "-v"]`],
    ['args:\n  - --password\n  - hunter2\n', `args:\n  - --password\n  - ${masked}\n`],
    ['OPTS=-Dpassword=hunter2 run', `OPTS=-Dpassword=${masked} run`],
    ['msg="login with password=hunter2"', `msg="login with password=${masked}"`],
    ["args: '--password=hunter2 -v'", `args: '--password=${masked} -v'`],
    ['GET https://shop/?token=hunter2&page=1', `GET https://shop/?token=${masked}&page=1`],
    ['--password = hunter2', `--password = ${masked}`],
    ['password: hunter2\nuser: app\n', `password: ${masked}\nuser: app\n`],
    ['{"api_key": "hunter2", "n": 1}', `{"api_key": "${masked}", "n": 1}`],
    ["token='hunter2'", `token='${masked}'`],
    ['\u001B[36mpassword=\u001B[0mhunter2', `password=${masked}`],
    ['password\u001B[0m=hunter2 user=app', `password=${masked} user=app`],
    ['-----BEGIN RSA PRIVATE KEY-----\nabc\n-----END RSA PRIVATE KEY-----\n', `${masked}\n`],
  ])('hides the secret of %j', (text, shown) => {
    expect(maskText(text)).toBe(shown);
  });

  it.each([
    '\u001B[32mINFO\u001B[0m ready',
    'https://host:8080/path',
    'key: gpu',
    'batch: 50',
    'see https://user@host/',
    'time=2026-01-01T00:00:00Z level=INFO',
    'run --password-file /run/secrets/db --max-tokens 4096',
    'run --no-password --verbose',
    'run --password && echo done',
    'a two-token approach',
    'image: registry/external-secrets/external-secrets:v1',
    'OPTS=-Xmx1g -Dfile.encoding=UTF-8',
  ])('leaves %j', (text) => {
    expect(maskText(text)).toBe(text);
  });

  it.each([
    ['{"env":[{"name":"DB_PASSWORD","value":"hunter2"}]}', `{"env":[{"name":"DB_PASSWORD","value":"${masked}"}]}`],
    [
      '{\n  "name": "TOKEN",\n  "note": 1,\n  "value": "hunter2"\n}',
      `{\n  "name": "TOKEN",\n  "note": 1,\n  "value": "${masked}"\n}`,
    ],
    ['cut: {"name":"TOKEN","value":"hunter2', `cut: {"name":"TOKEN","value":"${masked}`],
    ['x {\\"value\\":\\"hunter2\\",\\"name\\":\\"TOKEN\\"}', `x {\\"value\\":\\"${masked}\\",\\"name\\":\\"TOKEN\\"}`],
    [
      '- name: TOKEN\n  value: hunter2\n- name: MODE\n  value: fast',
      `- name: TOKEN\n  value: ${masked}\n- name: MODE\n  value: fast`,
    ],
    ['password: |\n  hunter2\n\n  hunter2\nmode: a', `password: ${masked}\nmode: a`],
    ['"token": "hunter2\n  hunter2"\nmode: a', `"token": ${masked}\nmode: a`],
    ['text: |\n  mode: a', 'text: |\n  mode: a'],
  ])('hides what stands beside or below its name in %j', (text, shown) => {
    expect(maskText(text)).toBe(shown);
  });

  it('takes time in proportion to hostile input', () => {
    const started = performance.now();
    for (const text of [
      'a://'.repeat(50_000),
      'password='.repeat(20_000),
      '-----BEGIN PRIVATE KEY-----'.repeat(8_000),
      `${'a'.repeat(200_000)}:`,
      '--password '.repeat(50_000),
      '--token "'.repeat(30_000),
      `--token,${' '.repeat(200_000)}`,
      '-a'.repeat(100_000),
      'a='.repeat(100_000),
      'token="'.repeat(30_000),
      `db_password_file=${'x'.repeat(100)} `.repeat(2_000),
      `auth='${'token_file='.repeat(20_000)}`,
      '"value":"'.repeat(20_000),
      `"value":"${'\\\\"'.repeat(50_000)}`,
      `${'\\\\'.repeat(30_000)}"name":"token","value":"`,
      '"name":"token","value":"'.repeat(10_000),
      'password: |\n'.repeat(8_000),
      'name: token\nvalue: "\n'.repeat(10_000),
      `${'['.repeat(50_000)}${']'.repeat(50_000)}`,
      `[${']  '.repeat(50_000)}x`,
    ]) {
      maskText(text);
    }

    expect(performance.now() - started).toBeLessThan(5_000);
  });
});

describe('the words of a command', () => {
  it.each([
    [
      ['run', '--password', 'hunter2', '-v'],
      ['run', '--password', masked, '-v'],
    ],
    [
      ['-token', 'a b', '--api-key=x1'],
      ['-token', masked, `--api-key=${masked}`],
    ],
    [
      ['sh', '-c', 'run --password hunter2'],
      ['sh', '-c', `run --password ${masked}`],
    ],
    [
      ['--password', '--verbose', 'shop'],
      ['--password', '--verbose', 'shop'],
    ],
    [
      ['--token-file', '/run/token', 'password', 'x'],
      ['--token-file', '/run/token', 'password', 'x'],
    ],
  ])('%j are shown as %j', (words, shown) => {
    expect(maskWords(words)).toEqual(shown);
  });
});

describe('a value under its name', () => {
  it.each([
    ['DB_PASSWORD', 'hunter2', masked],
    ['OPTS', '-Dpassword=hunter2', `-Dpassword=${masked}`],
    ['JDBC_URL', 'jdbc:sqlserver://db;user=app;password=hunter2', `jdbc:sqlserver://db;user=app;password=${masked}`],
    ['MODE', 'fast', 'fast'],
  ])('%s=%s is shown as %s', (name, value, shown) => {
    expect(maskValue(name, value)).toBe(shown);
    expect(hidesValue(name, value)).toBe(shown !== value);
  });
});

describe('objects', () => {
  it('hides the word after a flag, and keeps lists without one as they are', () => {
    const words = { args: ['--replicas', '3', '--token-file', '/x'] };

    expect(maskJson({ args: ['--password', 'hunter2', 'serve'] })).toEqual({ args: ['--password', masked, 'serve'] });
    expect(maskJson(words)).toBe(words);
  });

  it('hides env values by the name beside them, and keeps references', () => {
    const reference = { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'auth', key: 'token' } } };

    expect(maskJson({ env: [{ name: 'TOKEN', value: 'x1' }, { name: 'MODE', value: 'fast' }, reference] })).toEqual({
      env: [{ name: 'TOKEN', value: masked }, { name: 'MODE', value: 'fast' }, reference],
    });
  });

  it('hides ConfigMap data by key and within files', () => {
    expect(
      maskJson({ kind: 'ConfigMap', data: { DB_PASSWORD: 'x1', 'app.yaml': 'user: a\ndb_password: x1\n' } }),
    ).toEqual({
      kind: 'ConfigMap',
      data: { DB_PASSWORD: masked, 'app.yaml': `user: a\ndb_password: ${masked}\n` },
    });
  });

  it('hides what kubectl apply remembers', () => {
    const applied = '{"spec":{"env":[{"name":"TOKEN","value":"x1"}]}}\n';
    const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': applied };

    expect(JSON.stringify(maskJson({ metadata: { annotations } }))).not.toContain('x1');
  });

  it('keeps the structure of pods', () => {
    const pod = {
      spec: {
        automountServiceAccountToken: true,
        imagePullSecrets: [{ name: 'regcred' }],
        tolerations: [{ key: 'node.kubernetes.io/not-ready', operator: 'Exists' }],
        volumes: [
          { name: 'a', secret: { secretName: 'tls', defaultMode: 420 } },
          { name: 'b', projected: { sources: [{ serviceAccountToken: { expirationSeconds: 3607, path: 'token' } }] } },
        ],
        containers: [
          { volumeMounts: [{ mountPath: '/var/run/secrets/kubernetes.io/serviceaccount', name: 'kube-api-access-x' }] },
        ],
      },
    };

    expect(maskJson(pod)).toBe(pod);
  });
});
