/**
 * The parts of a URL that decide where a request goes, read strictly: what is not certain to mean the same to every
 * program (a user part, a backslash, blanks) is no URL here.
 */
export type HttpUrl = {
  readonly scheme: 'http' | 'https';
  /** Lower case, without brackets and without a dot at its end. */
  readonly host: string;
  readonly port: number;
  /** Path and query as they are sent, with `.` and `..` taken out of the path. */
  readonly target: string;
};

const shape =
  /^(https?):\/\/([A-Za-z0-9](?:[A-Za-z0-9._-]{0,252})|\[[0-9A-Fa-f:.]{2,45}\])(?::(\d{1,5}))?([/?][!-[\]-~]*)?$/i;
const lengthMax = 4096;

export function parseHttpUrl(text: string): HttpUrl | undefined {
  if (text.length > lengthMax) return undefined;
  const [, scheme = '', host = '', digits, rest = ''] = shape.exec(text.replace(/#.*$/s, '')) ?? [];
  if (host === '') return undefined;
  const secure = scheme.toLowerCase() === 'https';
  const port = digits === undefined ? (secure ? 443 : 80) : Number(digits);
  if (port < 1 || port > 65_535) return undefined;
  const question = rest.indexOf('?');
  const path = question === -1 ? rest : rest.slice(0, question);
  return {
    scheme: secure ? 'https' : 'http',
    host: host
      .replace(/^\[|\]$/g, '')
      .replace(/\.$/, '')
      .toLowerCase(),
    port,
    target: withoutDots(path) + (question === -1 ? '' : rest.slice(question)),
  };
}

/** RFC 3986, section 5.2.4. */
function withoutDots(path: string): string {
  const kept: string[] = [];
  const parts = path.split('/').slice(1);
  for (const [index, part] of parts.entries()) {
    const last = index === parts.length - 1;
    if (part === '..') kept.pop();
    if (part !== '.' && part !== '..') kept.push(part);
    else if (last) kept.push('');
  }
  return `/${kept.join('/')}`;
}

const isIpv6 = (host: string): boolean => host.includes(':');

/** `web:8000`, `[::1]:80`. */
export const hostPort = ({ host, port }: Pick<HttpUrl, 'host' | 'port'>): string =>
  `${isIpv6(host) ? `[${host}]` : host}:${port}`;

/** Scheme, host and port as one text that is equal for equal places. */
export const originOf = (url: HttpUrl): string => `${url.scheme}://${hostPort(url)}`;

/** What a URL calls the machine where the command is typed. */
export const isOwnMachine = (host: string): boolean =>
  /^(?:localhost|.+\.localhost|127(?:\.\d{1,3}){1,3}|0|0\.0\.0\.0|::1|::|host\.docker\.internal|ip6-localhost)$/.test(
    host,
  );
