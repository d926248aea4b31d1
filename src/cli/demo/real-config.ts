/** The demo's firebreak.yaml for a real cluster: one namespace, one general runbook, and the people of the stand-in. */
import { resolve } from 'node:path';
import { type Config, parseConfig } from '../../config.ts';
import { protectedNamespaces } from './setting.ts';

const root = resolve(import.meta.dirname, '../../..');

export function realConfig(parts: {
  readonly namespace: string;
  readonly kubeconfig: string;
  readonly context: string | undefined;
}): Config {
  const { namespace, kubeconfig, context } = parts;
  // JSON is YAML, so nothing needs to be escaped by hand.
  const text = JSON.stringify({
    clusters: { main: { kubeconfig: resolve(kubeconfig), ...(context === undefined ? {} : { context }) } },
    services: [
      {
        name: namespace,
        match: { namespace },
        namespaces: [namespace],
        runbooks: ['runbooks/kubernetes-basics.md'],
        responders: { slack: ['S0RESPOND'], onCall: ['U0ALICE'] },
      },
    ],
    policy: { approvers: { slack: ['S0SRE'] }, protectedNamespaces },
  });
  return parseConfig(text, resolve(root, 'the demo’s own firebreak.yaml'));
}
