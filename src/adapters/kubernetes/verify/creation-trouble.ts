/** Why a controller cannot make pods, from what the API server told it. Pure. */
import { shortText } from './short-text.ts';

/** `ResourceQuota small does not allow it (requested: pods=1, used: pods=0, limited: pods=0)` */
export function whyNotMade(message: string): string {
  const quota = /exceeded quota: (\S{1,253}), (.*)$/s.exec(message);
  if (quota?.[1] !== undefined) return `ResourceQuota ${quota[1]} does not allow it (${shortText(quota[2] ?? '')})`;
  const unset = /failed quota: (\S{1,253}): (.*)$/s.exec(message);
  if (unset?.[1] !== undefined) return `ResourceQuota ${unset[1]} wants more of it: ${shortText(unset[2] ?? '')}`;
  const webhook = /admission webhook "([^"]{1,253})" denied the request(?:: (.*))?$/s.exec(message);
  if (webhook?.[1] !== undefined) return `admission webhook ${webhook[1]} denies it${told(webhook[2])}`;
  const silent = /failed calling webhook "([^"]{1,253})"/.exec(message);
  if (silent?.[1] !== undefined) return `admission webhook ${silent[1]} does not answer`;
  const policy = /ValidatingAdmissionPolicy '([^']{1,253})'.*? denied request: (.*)$/s.exec(message);
  if (policy?.[1] !== undefined) return `ValidatingAdmissionPolicy ${policy[1]} denies it${told(policy[2])}`;
  const security = /violates PodSecurity "([^"]{1,100})": (.*)$/s.exec(message);
  if (security?.[1] !== undefined) return `PodSecurity ${security[1]} forbids it${told(security[2])}`;
  const account = /serviceaccount "([^"]{1,253})" not found/.exec(message);
  if (account?.[1] !== undefined) return `there is no ServiceAccount ${account[1]}`;
  return shortText(/ is forbidden: (.*)$/s.exec(message)?.[1] ?? message);
}

const told = (text: string | undefined): string =>
  text === undefined || text.trim() === '' ? '' : `: ${shortText(text)}`;
