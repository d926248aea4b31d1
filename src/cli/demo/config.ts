/** The demo's own firebreak.yaml: five systems, and the people of the stand-ins. */
import { resolve } from 'node:path';
import { type Config, parseConfig } from '../../config.ts';
import { pagerDutyAccount } from './setting.ts';

/** Paths below are relative to it. */
const root = resolve(import.meta.dirname, '../../..');

type DemoService = {
  readonly name: string;
  readonly namespace: string;
  readonly runbook: string;
  readonly aliases: Readonly<Record<string, string>>;
  readonly pages?: true;
};

const services: readonly DemoService[] = [
  {
    name: 'hdc',
    namespace: 'hdc',
    runbook: 'runbooks/hdc-toolkit.md',
    aliases: { 'gpu-oom': 'gpu-runs-out-of-memory' },
  },
  { name: 'gaudi3-scale', namespace: 'gaudi3-scale', runbook: 'runbooks/gaudi3-scale.md', aliases: {} },
  { name: 'continual', namespace: 'continual', runbook: 'runbooks/continual-tiny-transformer.md', aliases: {} },
  {
    name: 'pipeline',
    namespace: 'pipeline-production',
    runbook: 'runbooks/multimodal-pipeline.md',
    aliases: { 'not-starting': 'pipeline-not-starting', oom: 'high-memory-usage' },
    pages: true,
  },
  {
    name: 'largeforge',
    namespace: 'largeforge',
    runbook: 'runbooks/largeforge.md',
    aliases: { latency: 'INC-001', errors: 'INC-002', down: 'INC-003' },
  },
];

/** @param parts.alertmanagerUrl of the stand-in's API, so that what its webhooks did not say is asked for */
export function demoConfig(parts: { readonly kubeconfigText: string; readonly alertmanagerUrl?: string }): Config {
  const { alertmanagerUrl } = parts;
  // JSON is YAML, so nothing needs to be escaped by hand.
  const text = JSON.stringify({
    services: services.map(({ name, namespace, runbook, aliases, pages }) => ({
      name,
      match: { namespace, ...(pages && { pagerduty: pagerDutyAccount.service }) },
      namespaces: [namespace],
      runbooks: [runbook],
      aliases,
      responders: {
        slack: ['S0RESPOND'],
        // Who is on call for the others comes from PagerDuty for this one.
        ...(pages ? { pagerduty: { escalationPolicy: pagerDutyAccount.escalationPolicy } } : { onCall: ['U0ALICE'] }),
      },
      ...(alertmanagerUrl && { alertmanager: { url: alertmanagerUrl } }),
    })),
    policy: { approvers: { slack: ['S0SRE'] }, clusterScoped: ['nodes'] },
  });
  const config = parseConfig(text, resolve(root, 'the demo’s own firebreak.yaml'));
  // The kubeconfig goes in as text, so that no file is left behind whatever ends this process.
  return { ...config, clusters: { main: { kubeconfigText: parts.kubeconfigText, context: 'sandbox' } } };
}
