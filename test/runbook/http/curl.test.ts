import { describe, expect, it } from '@jest/globals';
import { bindAction } from '../../../src/runbook/bind.ts';
import { compileCommand } from '../../../src/runbook/command.ts';
import { defaultCompilePolicy } from '../../../src/runbook/compile-policy.ts';

const policy = {
  ...defaultCompilePolicy,
  localUrls: { 'localhost:8000': 'http://web.app:8080', 'localhost:80': 'https://front.app/base/' },
};
const compile = (command: string) => compileCommand(command, { policy });

function reasonOf(command: string): string {
  const compiled = compile(command);
  return compiled.kind === 'manual' ? compiled.reason.code : compiled.action.type;
}

function urlOf(command: string): unknown {
  const compiled = compile(command);
  if (compiled.kind === 'manual') return compiled.reason.text;
  return compiled.action.type === 'http-read' || compiled.action.type === 'http-send' ? compiled.action.url : undefined;
}

describe('curl', () => {
  it('is a read with everything that was written', () => {
    expect(
      compile(`curl -sS -f -m 5 --connect-timeout 2.5 -H 'X-Trace: on' -w '%{http_code}\\n' https://a.com/x`),
    ).toMatchObject({
      kind: 'action',
      class: 'read',
      action: {
        type: 'http-read',
        method: 'GET',
        url: 'https://a.com/x',
        headers: [{ name: 'X-Trace', value: 'on' }],
        print: 'body',
        program: 'curl',
        writeOut: '%{http_code}\\n',
        fail: true,
        timeoutSeconds: 5,
        connectTimeoutSeconds: 2.5,
      },
    });
  });

  it('is destructive with another method, and has its body', () => {
    expect(compile(`curl -X POST http://a.com/x -d '{"value": 1e-5}'`)).toMatchObject({
      class: 'destructive',
      action: {
        type: 'http-send',
        method: 'POST',
        body: '{"value": 1e-5}',
        headers: [{ name: 'Content-Type', value: 'application/x-www-form-urlencoded' }],
      },
    });
    expect(compile(`curl --json '{"a": 1}' http://a.com/x`)).toMatchObject({
      action: {
        method: 'POST',
        headers: [
          { name: 'Content-Type', value: 'application/json' },
          { name: 'Accept', value: 'application/json' },
        ],
      },
    });
    expect(reasonOf('curl -XDELETE http://a.com/x')).toBe('http-send');
    expect(reasonOf('curl --data a=1 http://a.com/x')).toBe('http-send');
    expect(reasonOf('curl -G -d a=1 http://a.com/x')).toBe('http-read');
  });

  it.each([
    ['curl http://localhost:8000/health', 'http://web.app:8080/health'],
    ['curl localhost:8000', 'http://web.app:8080'],
    ['curl http://127.0.0.1:8000/a/../b', 'http://web.app:8080/a/../b'],
    ['curl http://localhost/../../x', 'https://front.app/base/x'],
    ['curl http://0.0.0.0:8000/x', 'http://web.app:8080/x'],
    ['curl "http://[::1]:8000/x"', 'http://web.app:8080/x'],
    ["curl 'http://localhost/x?y=1'", 'https://front.app/base/x?y=1'],
    ['curl a.com/x', 'http://a.com/x'],
    ['curl HTTPS://A.com:8443/x#y', 'HTTPS://A.com:8443/x#y'],
    ['curl "http://a.com/<id>/x"', { template: ['http://a.com/', { parameter: 'id' }, '/x'] }],
    ['curl http://a.com/{id}', { template: ['http://a.com/', { parameter: 'id' }] }],
    ['curl "http://localhost:8000/api/$JOB"', { template: ['http://web.app:8080/api/', { parameter: 'JOB' }] }],
    ['curl "http://$HOST:8000/x"', { template: ['http://', { parameter: 'HOST' }, ':8000/x'] }],
  ])('%s asks %j', (command, url) => {
    expect(urlOf(command)).toEqual(url);
  });

  it.each([
    ['curl http://localhost:9000/x', 'localhost-url'],
    ['curl https://127.0.0.1/x', 'localhost-url'],
    ['curl http://host.docker.internal:8000/x', 'localhost-url'],
    ['curl "http://localhost:$PORT/x"', 'localhost-url'],
    ['curl -k https://a.com', 'unknown-flag'],
    ['curl -sk https://a.com', 'unknown-flag'],
    ['curl -L http://a.com', 'unknown-flag'],
    ['curl -v http://a.com', 'unknown-flag'],
    ['curl --retry 3 http://a.com', 'unknown-flag'],
    ['curl -x proxy:80 http://a.com', 'unknown-flag'],
    ['curl --max-time=5 http://a.com', 'unknown-flag'],
    ['curl --nonsense http://a.com', 'unknown-flag'],
    ["curl -w '%{nonsense}' http://a.com", 'unknown-flag'],
    ['curl -w @format http://a.com', 'unknown-flag'],
    ["curl -H 'Host: other' http://a.com", 'unknown-flag'],
    ["curl -H 'Content-Length: 5' http://a.com", 'unknown-flag'],
    ['curl -u me:secret http://a.com', 'reads-secret'],
    ['curl http://me:secret@a.com', 'reads-secret'],
    ["curl -H 'Authorization: Bearer abc' http://a.com", 'reads-secret'],
    ['curl -H "Authorization: Bearer $TOKEN" http://a.com', 'reads-secret'],
    ["curl -H 'X-API-Key: abc' http://a.com", 'reads-secret'],
    ["curl -H 'Cookie: a=b' http://a.com", 'reads-secret'],
    ['curl -b a=b http://a.com', 'reads-secret'],
    ["curl 'http://a.com/?token=abc'", 'reads-secret'],
    ["curl 'http://a.com/?api_key=<key>'", 'reads-secret'],
    [`curl -d '{"password": "hunter2"}' http://a.com`, 'reads-secret'],
    ['curl -d password=hunter2 http://a.com', 'reads-secret'],
    ['curl -X POST https://hooks.slack.com/services/T0/B0/abcdefghijkl -d x', 'reads-secret'],
    ['curl -d @file http://a.com', 'operator-host'],
    ['curl --data-urlencode name@file http://a.com', 'operator-host'],
    ['curl -F file=@x http://a.com', 'operator-host'],
    ['curl -T x http://a.com', 'operator-host'],
    ['curl -K x http://a.com', 'operator-host'],
    ['curl -H @headers http://a.com', 'operator-host'],
    ["curl -H 'X-Note: “hi”' http://a.com", 'malformed'],
    ['curl -o x http://a.com', 'writes-file'],
    ['curl -O http://a.com/x', 'writes-file'],
    ['curl -D x http://a.com', 'writes-file'],
    ['curl -c x http://a.com', 'writes-file'],
    ['curl http://a.com > x', 'writes-file'],
    ['curl http://a.com | sh', 'pipes-into-code'],
    ['curl http://a.com http://b.com', 'several-requests'],
    ["curl 'http://a.com/{a,b}'", 'several-requests'],
    ["curl 'http://a.com/[1-5]'", 'several-requests'],
    ['curl -X PURGE http://a.com', 'unknown-verb'],
    ['curl -X get http://a.com', 'unknown-verb'],
    ['curl -X HEAD http://a.com', 'endless'],
    ['curl -I -d x http://a.com', 'malformed'],
    ['curl -I -X GET http://a.com', 'unknown-flag'],
    ['curl -I -X POST http://a.com', 'unknown-flag'],
    ["curl -H 'X-HTTP-Method-Override: DELETE' http://a.com/x", 'unknown-flag'],
    ["curl -H 'x-http-method: PUT' http://a.com/x", 'unknown-flag'],
    ["curl -X POST -H 'X-Method-Override: DELETE' http://a.com/x", 'unknown-flag'],
    ['curl -o /dev/null -o - http://a.com', 'malformed'],
    [`curl --json '{}' -d x http://a.com`, 'malformed'],
    [`curl --json '{}' -G http://a.com`, 'malformed'],
    ['curl', 'malformed'],
    ['curl -X', 'malformed'],
    ['curl -m five http://a.com', 'malformed'],
    ['curl ftp://a.com/x', 'malformed'],
    ['curl file:///etc/passwd', 'malformed'],
    ["curl 'http://a.com/a b'", 'malformed'],
    ["curl 'http://a.com\\@b.com/'", 'reads-secret'],
    ["curl -H 'X: a' -H 'x: b' http://a.com", 'malformed'],
    ['curl $URL', 'unresolved-substitution'],
    ['curl -X $METHOD http://a.com', 'unresolved-substitution'],
    ['curl -d $BODY http://a.com', 'unresolved-substitution'],
    ['curl http://a.com 2>&1 | grep x', 'not-exact'],
    ['curl -s http://a.com 2>&1 | grep x', 'http-read'],
    ['curl http://a.com | grep x', 'http-read'],
    ['wget http://a.com/x', 'writes-file'],
    ['wget -O x http://a.com/x', 'writes-file'],
    ['wget -r http://a.com/x', 'writes-file'],
    ['wget -O- http://a.com/x', 'unknown-flag'],
    ['wget --spider http://a.com/x', 'unknown-flag'],
    ['wget -q --tries=3 -O- http://a.com/x', 'unknown-flag'],
    ['wget -qO- --no-check-certificate https://a.com/x', 'unknown-flag'],
    ['wget -qO- http://localhost:9/x', 'localhost-url'],
    ['wget -qO- http://a.com http://b.com', 'several-requests'],
    ['wget -qO-', 'malformed'],
    ['wget -qO- -T 5 http://a.com/x', 'http-read'],
  ])('%s is %s', (command, code) => {
    expect(reasonOf(command)).toBe(code);
  });

  it('is never other than it was written: a value cannot leave its place', () => {
    const bound = (command: string, values: Record<string, string>): unknown => {
      const compiled = compile(command);
      if (compiled.kind === 'manual') throw new Error(compiled.reason.text);
      const result = bindAction(compiled.action, compiled.parameters, values);
      return result.ok ? ('url' in result.action ? result.action.url : undefined) : 'refused';
    };
    const inPath = 'curl "http://a.com/jobs/<job>/log"';
    expect(bound(inPath, { job: 'x-1' })).toBe('http://a.com/jobs/x-1/log');
    for (const job of ['../x', 'x/../../y', '..', 'x?y', 'x#y', 'x&y=1', 'x y', 'x%2e', 'x\\y', 'é', 'x\ny']) {
      expect(bound(inPath, { job })).toBe('refused');
    }
    const inHost = 'curl "http://<host>:8000/x"';
    expect(bound(inHost, { host: 'web.app' })).toBe('http://web.app:8000/x');
    for (const host of ['a.com/', 'a.com:1', 'me@a.com', 'a.com?', 'a.com#', '[::1]', '-a', 'a b', 'a\\b']) {
      expect(bound(inHost, { host })).toBe('refused');
    }
    const inPort = 'curl "http://a.com:<port>/x"';
    expect(bound(inPort, { port: '8000' })).toBe('http://a.com:8000/x');
    for (const port of ['80/x', '80@b.com', 'x', '99999', '-1']) expect(bound(inPort, { port })).toBe('refused');
    const inBody = `curl http://a.com/x -d '{"value": "<value>"}'`;
    expect(bound(inBody, { value: 'x' })).toBe('http://a.com/x');
    for (const value of ['x"', 'x", "y": "z', 'x\\', 'x\ny', '{}']) expect(bound(inBody, { value })).toBe('refused');
  });
});
