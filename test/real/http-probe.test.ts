/** Every line is run by the real curl or wget and by the probe; standard output and exit code must be the same. */
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { createServer as createTcp, type AddressInfo, type Server as TcpServer } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHttpProbe } from '../../src/adapters/http-probe/probe.ts';
import type { HttpReadAction } from '../../src/domain/read-action.ts';
import { compileCurl } from '../../src/runbook/http/curl.ts';

let server: Server;
let broken: TcpServer;
let base = '';
let brokenBase = '';
let closed = '';
let seen: string[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url = '', rawHeaders } = request;
      const own = rawHeaders.flatMap((name, at) =>
        at % 2 === 0 && !/^(?:user-agent|accept-encoding|connection)$/i.test(name)
          ? [`${name}: ${rawHeaders[at + 1]}`]
          : [],
      );
      seen.push([`${method} ${url}`, ...own.toSorted(), Buffer.concat(chunks).toString('utf8')].join('\n'));
      response.setHeader('Date', 'Sun, 01 Jan 2034 00:00:00 GMT');
      response.setHeader('Content-Type', 'text/plain; charset=utf-8');
      const code = Number(/^\/status\/(\d+)/.exec(url)?.[1] ?? 200);
      if (code >= 300 && code < 400) response.setHeader('Location', '/elsewhere');
      if (url === '/chunks') {
        response.write('one\n');
        response.end('two\n');
        return;
      }
      if (url === '/slow') return;
      response.writeHead(code, code === 418 ? 'A Teapot of its own' : undefined, { 'X-Odd-CASE': 'v' });
      response.end(code === 204 || code === 304 ? undefined : `body of ${url} é\n`);
    });
  });
  broken = createTcp((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      if (data.toString().includes('/short')) socket.end('HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc');
      else socket.end();
    });
  });
  server.listen(0, '127.0.0.1');
  broken.listen(0, '127.0.0.1');
  await Promise.all([once(server, 'listening'), once(broken, 'listening')]);
  // Both listen on TCP.
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  brokenBase = `http://127.0.0.1:${(broken.address() as AddressInfo).port}`;
  closed = 'http://127.0.0.1:1';
});

afterAll(async () => {
  server.closeAllConnections();
  await Promise.all([server, broken].map((each) => new Promise((done) => each.close(done))));
});

const filled = (line: string): string[] =>
  line
    .split(' ')
    .map((word) =>
      word.replaceAll('~', ' ').replace('BASE', base).replace('BROKEN', brokenBase).replace('CLOSED', closed),
    );

function real(words: string[]): Promise<{ text: string; exitCode: number }> {
  const [program = '', ...rest] = words;
  return new Promise((resolve) => {
    execFile(program, rest, { env: { PATH: process.env['PATH'] ?? '' } }, (error, stdout) => {
      resolve({ text: stdout, exitCode: typeof error?.code === 'number' ? error.code : 0 });
    });
  });
}

async function ours(words: string[]): Promise<{ text: string; exitCode: number; errorText: string }> {
  // localhost stands in for the service's host, which the compiler rightly refuses without a map.
  const policy = {
    exec: [],
    localUrls: Object.fromEntries([base, brokenBase, closed].map((url) => [url.slice(7), url])),
  };
  const [program = '', ...rest] = words;
  const compiled = compileCurl(rest, { program, policy });
  if ('refused' in compiled) throw new Error(`${words.join(' ')}: ${compiled.refused.text}`);
  const probe = createHttpProbe({ policy: { allow: [], map: policy.localUrls } });
  // No word of these is a parameter, and all are reads.
  const answer = await probe.read(compiled.action as HttpReadAction<string>, {
    defaultNamespace: 'none',
    signal: AbortSignal.timeout(10_000),
    textLimit: 1024 * 1024,
  });
  const errorText = answer.errorText ?? '';
  return { text: answer.text.slice(0, answer.text.length - errorText.length), exitCode: answer.exitCode, errorText };
}

describe('what curl and wget print', () => {
  it.each([
    'curl BASE/x',
    'curl -s BASE',
    'curl -s BASE?a=1',
    'curl -sS BASE/a/../b/./c?d=../e#f',
    'curl -i BASE/x',
    'curl -I BASE/x',
    'curl -sI -X HEAD BASE/x',
    'curl -s BASE/chunks',
    'curl -si BASE/chunks',
    'curl -s BASE/status/404',
    'curl -f BASE/status/404',
    'curl -sf BASE/status/500',
    'curl -sfi BASE/status/404',
    'curl -sfI BASE/status/404',
    'curl -si BASE/status/418',
    'curl -si BASE/status/204',
    'curl -si BASE/status/304',
    'curl -si BASE/status/302',
    'curl -s -o /dev/null -w %{http_code}\\n BASE/status/503',
    'curl -s -o /dev/null -i -w %{http_code}|%{size_download}|%{content_type}|%{num_connects}|%{num_redirects}|%{method}\\n BASE/x',
    'curl -sf -w %{http_code}~%{exitcode}~%{size_download} BASE/status/404',
    'curl -sI -w %{http_code}~%{size_download}\\n BASE/x',
    'curl -s -w a\\tb%%c\\q\\\\n%{http_version}%{url_effective}%{url}%{remote_ip} BASE/x',
    'curl -s -w %{http_code}~%{num_connects}~%{remote_ip}~%{exitcode}~%{http_version}\\n CLOSED/x',
    'curl -s -o /dev/null -w %{url_effective}~%{url} BASE',
    'curl -s -o /dev/null -w %{url_effective}~%{url} BASE/a/../b?c=../d#e',
    'curl -s -o /dev/null -w %{url_effective} BASE?c',
    'curl CLOSED/x',
    'curl -s -d~ BASE/x -X GET',
    'curl -s BROKEN/empty',
    'curl -s BROKEN/short',
    'curl -sI BROKEN/short',
    'curl -m 0.3 BASE/slow',
    'curl -s -w %{http_code}\\n --max-time 0.3 BASE/slow',
    'curl -s -XGET BASE/x',
    'curl -s -H X-A:1 -H Accept:~text/html BASE/x',
    'curl -s -A agent BASE/x',
    'curl -s -G -d a=1 -d b=2 BASE/x',
    'curl -s -G --data-urlencode q=x~y/&(é)! BASE/x?z=1',
    'curl -s -X GET --data-urlencode =a~b/+c --data-urlencode d~e BASE/x',
    'curl -s -X GET BASE/_search -H Content-Type:~application/json -d {"query":1}',
    'curl -so/dev/null BASE/x',
    'curl --silent --show-error --fail --include --url BASE/x',
    'wget -qO- BASE/x',
    'wget -q -O - BASE/status/404',
    'wget -q --spider BASE/x',
    'wget -q --spider BASE/status/404',
    'wget -qO /dev/null BASE/x',
    'wget --quiet --output-document=- --timeout=3 --tries=1 BASE/x',
    'wget -qO- -T 0.3 -t 1 BASE/slow',
    'wget -qO- -t1 CLOSED/x',
  ])('%s', async (line) => {
    const words = filled(line);
    seen = [];

    const theirs = await real(words);
    const asked = seen;
    seen = [];
    const answer = await ours(words);

    expect({ text: answer.text, exitCode: answer.exitCode }).toEqual(theirs);
    expect(seen).toEqual(asked);
  });

  it('says on the error stream why there is no answer', async () => {
    const errors = async (line: string): Promise<string> => (await ours(filled(line))).errorText;

    expect(await errors('curl BASE/x')).toBe('');
    expect(await errors('curl -f BASE/status/404')).toBe('curl: (22) The requested URL returned error: 404\n');
    expect(await errors('curl -sf BASE/status/404')).toBe('');
    expect(await errors('curl -sSf BASE/status/404')).toBe('curl: (22) The requested URL returned error: 404\n');
    expect(await errors('curl CLOSED/x')).toMatch(
      /^curl: \(7\) Failed to connect to 127.0.0.1 port 1 after \d+ ms: Couldn't connect to server\n$/,
    );
    expect(await errors('curl BROKEN/empty')).toBe('curl: (52) Empty reply from server\n');
    expect(await errors('curl BROKEN/short')).toBe('curl: (18) transfer closed with 7 bytes remaining to read\n');
    expect(await errors('curl -m 0.3 BASE/slow')).toMatch(
      /^curl: \(28\) Operation timed out after \d+ milliseconds with 0 bytes received\n$/,
    );
    expect(await errors('wget -qO- BASE/status/302')).toContain('wget would go on to /elsewhere');
  });
});
