/** Alerts and groups for tests of receive-alert, on the real ledger. */
import { createReceiveAlert, type ReceiveAlert } from '../../src/flow/receive-alert.ts';
import type { Alert, AlertGroup } from '../../src/domain/alert.ts';
import type { Policy, Service } from '../../src/domain/policy.ts';
import type { Ledger } from '../../src/flow/ledger.ts';
import { newId } from '../../src/flow/new-id.ts';
import { silent } from '../ledger.ts';

export const policy: Policy = {
  approvers: { slack: ['S0SRE'], onCall: [] },
  change: { approvals: 1, selfApproval: 'on-call' },
  destructive: { approvals: 2, selfApproval: 'on-call' },
  protectedNamespaces: ['kube-system'],
  clusterScoped: [],
  imageRepositories: [],
  limits: { changesPerHour: 20, podsPerPlan: 50 },
  digest: 'policy-1',
};

export const service = (name: string, over: Partial<Service> = {}): Service => ({
  name,
  match: { namespace: name },
  cluster: 'main',
  namespaces: [name],
  runbooks: [],
  alerts: {},
  aliases: {},
  responders: { slack: ['S0RESPOND'], onCall: [] },
  ...over,
});

export const services = [service('shop'), service('bank')];

const day = Date.UTC(2026, 4, 1);
/** Minutes of one morning. */
export const at = (minute: number): Date => new Date(day + minute * 60_000);

export const alert = (over: Partial<Alert> & { readonly fingerprint: string }): Alert => ({
  name: 'HighErrorRate',
  status: 'firing',
  labels: { alertname: 'HighErrorRate', namespace: 'shop', severity: 'critical' },
  annotations: {},
  startsAt: at(0),
  ...over,
});

export const group = (groupKey: string, alerts: readonly Alert[]): AlertGroup => ({
  source: 'alertmanager',
  groupKey,
  status: alerts.some(({ status }) => status === 'firing') ? 'firing' : 'resolved',
  truncatedAlerts: 0,
  alerts,
});

export const receiverOn = (ledger: Ledger): ReceiveAlert =>
  createReceiveAlert({
    ledger,
    services,
    policy,
    clock: { now: () => new Date() },
    newId,
    log: silent,
    failpoint: () => undefined,
  });

let deliveries = 0;
/** A body that nobody has sent before. */
export const delivery = (): { key: string } => ({ key: `body-${++deliveries}` });
