/** The Kubernetes stand-in as the page's cluster: read from its world, not over HTTP. */
import { type AuditEvent, isEffect, isWrite } from '../kubernetes/audit.ts';
import type { SandboxKubernetes } from '../kubernetes/start.ts';
import type { ClusterObjects, ClusterSource } from './host.ts';
import type { JsonObject, WriteLook } from './protocol.ts';

const writesMax = 50;

/** @param withMetrics whether this cluster has a metrics server, as `startKubernetes` was told */
export function createStandInSource(kubernetes: SandboxKubernetes, withMetrics = true): ClusterSource {
  const { world, audit } = kubernetes;
  /** Newest first. */
  let writes: readonly WriteLook[] = audit.filter(isOfFirebreak).map(writeLook).reverse().slice(0, writesMax);
  // One by one, because the audit log drops old reads and so moves its entries.
  kubernetes.onRequest(() => {
    const last = audit.at(-1);
    if (last && isOfFirebreak(last)) writes = [writeLook(last), ...writes].slice(0, writesMax);
  });

  return {
    look: () => ({
      kind: 'stand-in',
      name: `sandbox, ${kubernetes.url}`,
      writes,
      objects: {
        nodes: world.list('nodes'),
        deployments: world.list('deployments'),
        replicaSets: world.list('replicasets'),
        pods: world.list('pods'),
        events: world.list('events'),
        autoscalers: world.list('horizontalpodautoscalers'),
        budgets: world.list('poddisruptionbudgets'),
        podMetrics: withMetrics ? podMetrics(world) : [],
      } satisfies ClusterObjects,
    }),
    onChange(listener) {
      const stops = [
        world.onChange(listener),
        // A read shows nothing new.
        kubernetes.onRequest(() => {
          const last = audit.at(-1);
          if (last && isOfFirebreak(last)) listener();
        }),
      ];
      return () => {
        for (const stop of stops) stop();
      };
    },
  };
}

/** A write by its user agent or its field manager; dry runs too. */
function isOfFirebreak(event: AuditEvent): boolean {
  if (!isWrite(event) || event.objectRef === undefined) return false;
  return event.userAgent.startsWith('firebreak') || /[?&]fieldManager=firebreak(&|$)/.test(event.requestURI);
}

function writeLook(event: AuditEvent): WriteLook {
  const { resource = '', subresource, namespace, name } = event.objectRef ?? {};
  const what = subresource === undefined ? resource : `${resource}/${subresource}`;
  const where = [namespace, name].filter((one) => one !== undefined).join('/');
  return {
    at: event.stageTimestamp,
    text: `${event.verb} ${what} ${where}`.trim(),
    code: event.responseStatus.code,
    isDryRun: !isEffect(event),
    auditId: event.auditID,
  };
}

/** As metrics.k8s.io tells it, as far as the page reads it. */
function podMetrics(world: SandboxKubernetes['world']): JsonObject[] {
  return world.list('pods').flatMap((pod) => {
    const containers = [...world.usageOf(pod)].map(([name, used]) => ({
      name,
      usage: { cpu: `${Math.round(used.cpu * 1e9)}n`, memory: `${Math.round(used.memory / 1024)}Ki` },
    }));
    const { name, namespace } = pod.metadata;
    return containers.length === 0 ? [] : [{ metadata: { name, namespace }, containers }];
  });
}
