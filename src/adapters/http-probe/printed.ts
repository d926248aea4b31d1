/** What curl and wget print of an exchange, and how they exit. Progress meters are left out, as with `-s`. */
import { parseHttpUrl } from '../../domain/http-url.ts';
import type { HttpRequestParts } from '../../domain/read-action.ts';
import type { ReadAnswer } from '../../flow/ports.ts';
import { writeOutText } from '../../runbook/http/write-out.ts';
import type { Exchange } from './exchange.ts';
import { curlCodes, wgetCodes } from './failure.ts';

type Printing = HttpRequestParts<string> & { readonly method: string };

export const printed = (asked: Printing, exchange: Exchange): ReadAnswer =>
  asked.program === 'curl' ? curlPrints(asked, exchange) : wgetPrints(asked, exchange);

function curlPrints(asked: Printing, exchange: Exchange): ReadAnswer {
  const { status = 0, failure } = exchange;
  const refused = asked.fail === true && status >= 400;
  const exitCode = refused ? 22 : failure ? curlCodes[failure.kind] : 0;
  const head = asked.print === 'head' || asked.print === 'both' ? exchange.head : '';
  const body = (asked.print === 'body' || asked.print === 'both') && !refused ? exchange.body.toString('utf8') : '';
  const out = head + body + writeOutText(asked.writeOut ?? '', valuesOf(asked, exchange, { exitCode, refused }));
  const errorText =
    exitCode === 0 || asked.silent === true ? '' : `curl: (${exitCode}) ${curlSays(exchange, refused)}\n`;
  return {
    text: out + errorText,
    ...(errorText !== '' && { errorText }),
    exitCode,
    truncated: exchange.truncated && body !== '',
  };
}

function curlSays({ status, failure, bodyBytes, times }: Exchange, refused: boolean): string {
  if (refused) return `The requested URL returned error: ${status}`;
  if (failure?.kind !== 'timeout') return failure?.text ?? '';
  const ms = Math.round(failure.seconds * 1000);
  return times.connect === 0
    ? `Connection timed out after ${ms} milliseconds`
    : `Operation timed out after ${ms} milliseconds with ${bodyBytes} bytes received`;
}

function valuesOf(
  asked: Printing,
  { status = 0, contentType, times, bodyBytes, remote }: Exchange,
  { exitCode, refused }: { exitCode: number; refused: boolean },
): Readonly<Record<string, string>> {
  const seconds = (value: number): string => value.toFixed(6);
  const code = String(status).padStart(3, '0');
  const received = refused || asked.method === 'HEAD' ? 0 : bodyBytes;
  const ready = times.tls || times.connect;
  return {
    http_code: code,
    response_code: code,
    time_namelookup: seconds(times.lookUp),
    time_connect: seconds(times.connect),
    time_appconnect: seconds(times.tls),
    time_pretransfer: seconds(ready),
    time_starttransfer: seconds(times.firstByte),
    time_redirect: seconds(0),
    time_total: seconds(times.total),
    size_download: String(received),
    content_type: contentType,
    url: asked.url,
    url_effective: effectiveUrl(asked.url),
    method: asked.method,
    num_redirects: '0',
    num_connects: times.connect > 0 ? '1' : '0',
    remote_ip: remote?.ip.replace(/^::ffff:/, '') ?? '',
    remote_port: String(remote?.port ?? 0),
    http_version: status === 0 ? '0' : '1.1',
    exitcode: String(exitCode),
  };
}

/** With its path, as curl asks for it. */
function effectiveUrl(text: string): string {
  const url = parseHttpUrl(text);
  const origin = /^[^:]*:\/\/[^/?#]*/.exec(text)?.[0] ?? '';
  return url ? origin + url.target + (/#.*$/s.exec(text)?.[0] ?? '') : text;
}

function wgetPrints(asked: Printing, exchange: Exchange): ReadAnswer {
  const { status = 0, failure, location } = exchange;
  if (failure) return { text: '', exitCode: wgetCodes[failure.kind], truncated: false };
  if (status >= 300 && status < 400) {
    const errorText = `wget would go on to ${location ?? 'another address'}, which a step does not: write the final address.\n`;
    return { text: errorText, errorText, exitCode: 8, truncated: false };
  }
  if (status >= 400) return { text: '', exitCode: 8, truncated: false };
  const text = asked.print === 'body' ? exchange.body.toString('utf8') : '';
  return { text, exitCode: 0, truncated: exchange.truncated && text !== '' };
}
