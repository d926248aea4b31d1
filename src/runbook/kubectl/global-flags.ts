/**
 * The flags that every kubectl command takes. Source: `kubectl options`, 1.34. A read or a change means the same with
 * or without the harmless ones; those that choose another cluster, account or way to connect are refused, as steps run
 * with the service's own.
 */
import type { Template } from '../../domain/object-reference.ts';
import { refuse, type Refusal } from '../reasons.ts';

/** Taken and left: how kubectl's own process works, not what it asks for. */
export const harmlessFlags = {
  'request-timeout': { takes: 'value' },
  'cache-dir': { takes: 'value' },
  'log-flush-frequency': { takes: 'value' },
  'disable-compression': { takes: 'nothing' },
  v: { short: 'v', takes: 'value' },
} as const;

const otherClusters =
  /^(?:context|cluster|user|kubeconfig|kuberc|as|as-group|as-uid|token|s|server|username|password|certificate-authority|client-certificate|client-key|tls-server-name|insecure-skip-tls-verify)$/;

/** The global flags that stand before their value as a word of its own. */
export const takesGlobalValue =
  /^(?:-[nsv]|--(?:namespace|context|cluster|user|kubeconfig|kuberc|as|as-group|as-uid|token|server|username|password|certificate-authority|client-certificate|client-key|tls-server-name|request-timeout|cache-dir|log-flush-frequency|v|vmodule|profile|profile-output))$/;

/** Why a flag that no verb's table has is refused, when it is one of kubectl's own; `flag` as the author wrote it. */
export function globalRefusal(flag: string): Refusal | undefined {
  const [name = ''] = flag.replace(/^--?/, '').split('=');
  if (otherClusters.test(name)) {
    return refuse(
      'other-cluster',
      `${flag.startsWith('--') ? '--' : '-'}${name} chooses another cluster, account or way to connect; steps run on the service's own cluster, as its own account.`,
    );
  }
  if (/^profile(?:-output)?$/.test(name)) {
    return refuse('writes-file', `--${name} writes a profile of kubectl to the machine where it is typed.`);
  }
  return undefined;
}

/** Why a change is manual for a flag that many of kubectl's verbs have; verbs that look closer have it in their table. */
export function previewFlag(flag: string, verb: string): Refusal | undefined {
  if (!/^(?:annotate|apply|autoscale|create|label|patch|set|taint)\b/.test(verb)) return undefined;
  if (/^--dry-run(?:=(?:client|server|true))?$/.test(flag)) {
    return refuse(
      'changes-nothing',
      `\`kubectl ${verb} --dry-run\` changes nothing; what it would change is shown for each plan before anybody approves it.`,
    );
  }
  if (/^--edit(?:=true)?$/.test(flag) && verb === 'create') {
    return refuse('edits-by-hand', '`kubectl create --edit` opens an editor; make the object by hand.');
  }
  return /^--record(?:=|$)/.test(flag)
    ? refuse('unknown-flag', '--record also writes the command line into an annotation; leave it out, or annotate.')
    : undefined;
}

/** `-v=6` and above print kubectl's own requests, which is then what the author wants to see. */
export function oddGlobal(values: ReadonlyMap<string, Template>): Refusal | undefined {
  const verbosity = values.get('v');
  if (verbosity !== undefined && (typeof verbosity !== 'string' || !/^[0-5]$/.test(verbosity))) {
    return refuse('unknown-flag', '-v above 5 prints the requests of kubectl itself, which are not made here.');
  }
  const timeout = values.get('request-timeout');
  return timeout === undefined ||
    (typeof timeout === 'string' && /^(?:\d+|(?:\d+(?:\.\d+)?(?:h|ms|m|s))+)$/.test(timeout))
    ? undefined
    : refuse('malformed', '--request-timeout takes a time such as 30s.');
}
