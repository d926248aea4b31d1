/**
 * Where requests may go. A host has to be on the service's list, and what its name stands for is looked up once, checked,
 * and connected to: a name that stands for another address a moment later leads nowhere (DNS rebinding).
 */
import { lookup as lookUp } from 'node:dns/promises';
import { BlockList, isIP } from 'node:net';
import { OperationError } from '../../domain/errors.ts';
import { type HttpUrl, isOwnMachine, originOf, parseHttpUrl } from '../../domain/http-url.ts';

export type Address = { readonly address: string; readonly family: 4 | 6 };
/** Throws with `code` ENOTFOUND and its like when there is none. */
export type LookUp = (host: string) => Promise<readonly Address[]>;

export type HttpPolicy = {
  /** `host` for the scheme's own port, or `host:port`. `any`: an operator's own command. */
  readonly allow: readonly string[] | 'any';
  /** `localhost:8000` → the URL that stands for it: its place is allowed, on this machine too. */
  readonly map: Readonly<Record<string, string>>;
};

/** Link-local, with the metadata services of clouds; multicast and broadcast. Nothing reaches these. */
const never = new BlockList();
never.addSubnet('169.254.0.0', 16, 'ipv4');
never.addSubnet('224.0.0.0', 3, 'ipv4');
never.addAddress('100.100.100.200', 'ipv4');
never.addAddress('168.63.129.16', 'ipv4');
never.addSubnet('fe80::', 10, 'ipv6');
never.addSubnet('ff00::', 8, 'ipv6');
never.addAddress('192.0.0.192', 'ipv4');
never.addAddress('fd00:ec2::254', 'ipv6');
never.addAddress('fd20:ce::254', 'ipv6');
/** NAT64, 6to4, Teredo and SIIT carry an IPv4 address inside, which the lists here would not see. */
never.addSubnet('64:ff9b::', 96, 'ipv6');
never.addSubnet('64:ff9b:1::', 48, 'ipv6');
never.addSubnet('2001::', 32, 'ipv6');
never.addSubnet('::ffff:0:0:0', 96, 'ipv6');
never.addSubnet('2002::', 16, 'ipv6');

/** This machine: Firebreak's own pod. */
const own = new BlockList();
own.addSubnet('127.0.0.0', 8, 'ipv4');
own.addSubnet('0.0.0.0', 8, 'ipv4');
own.addAddress('::1', 'ipv6');
own.addAddress('::', 'ipv6');

const metadataNames =
  /^(?:metadata|instance-data|metadata\.(?:google\.internal|goog|azure\.internal)|instance-data\..*)$/;

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

const refused = (text: string): OperationError => new OperationError('not-configured', text, { retryable: false });

export const systemLookUp: LookUp = async (host) =>
  (await lookUp(host, { all: true })).map(({ address, family }) => ({ address, family: family === 6 ? 6 : 4 }));

/** The URL's parts when its host is one that may be asked. Throws `not-configured`. */
export function allowedUrl(text: string, policy: HttpPolicy): HttpUrl {
  const url = parseHttpUrl(text);
  if (!url) throw refused('This is not an http or https address. Correct it.');
  const { host, port, scheme } = url;
  if (metadataNames.test(host)) throw refused(`${host} holds credentials of machines: it is never asked.`);
  if (policy.allow === 'any' || isMapped(url, policy)) return url;
  if (isOwnMachine(host)) {
    throw refused(
      `${host} is the machine where a command is typed, not the service. Say in firebreak.yaml what answers there (http.map), or send the request yourself.`,
    );
  }
  const standard = port === (scheme === 'https' ? 443 : 80);
  const listed = policy.allow.some((entry) => {
    const [, name = '', own] = /^(.*?)(?::(\d+))?$/.exec(entry.toLowerCase()) ?? [];
    return name === host && (own === undefined ? standard : Number(own) === port);
  });
  if (listed) return url;
  throw refused(
    `${host}${standard ? '' : `:${port}`} is not a host that this service’s steps may ask (http.allow in firebreak.yaml). Add it, or send the request yourself.`,
  );
}

const isMapped = (url: HttpUrl, { map }: HttpPolicy): boolean =>
  Object.values(map).some((base) => {
    const mapped = parseHttpUrl(base);
    return mapped !== undefined && originOf(mapped) === originOf(url);
  });

/** Where to connect to: every address was checked. Throws `not-configured`, and what `lookUp` throws. */
export async function addressesOf(url: HttpUrl, policy: HttpPolicy, look: LookUp): Promise<readonly Address[]> {
  const { host } = url;
  const kind = isIP(host);
  const found: readonly Address[] = kind === 0 ? await look(host) : [{ address: host, family: kind === 6 ? 6 : 4 }];
  for (const { address } of found) {
    if (never.check(address, family(address))) {
      throw refused(`${host} is ${address}, an address of machines’ own services: it is never asked.`);
    }
    const atHome = own.check(address, family(address));
    if (atHome && policy.allow !== 'any' && !isMapped(url, policy)) {
      throw refused(`${host} is ${address}, which is the machine that Firebreak runs on, not the service.`);
    }
  }
  return found;
}
