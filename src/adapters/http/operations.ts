/** `GET /healthz`, `/readyz` and `/metrics`, for probes and Prometheus. They answer also when everything else is full. */
import type { Registry } from 'prom-client';
import { jsonAnswer } from './server.ts';
import type { Route } from './server.ts';

export type Health = {
  readonly ok: boolean;
  /** What is wrong, for people. No secrets. */
  readonly reason?: string;
};

/**
 * `healthy`: is the process itself alive (failing restarts it); answering at all is enough by default. `ready`: can it take traffic now (failing only takes
 * it out of the load balancer). A check that throws is a failed check.
 */
export function operationsRoutes(options: {
  healthy?: () => Promise<Health>;
  ready: () => Promise<Health>;
  registry: Pick<Registry, 'metrics' | 'contentType'>;
}): readonly Route[] {
  const { healthy = async () => ({ ok: true }), ready, registry } = options;
  return [
    check('/healthz', healthy),
    check('/readyz', ready),
    {
      method: 'GET',
      path: '/metrics',
      bodyLimitBytes: 0,
      always: true,
      async handle() {
        return { status: 200, headers: { 'content-type': registry.contentType }, body: await registry.metrics() };
      },
    },
  ];
}

function check(path: string, look: () => Promise<Health>): Route {
  return {
    method: 'GET',
    path,
    bodyLimitBytes: 0,
    always: true,
    async handle() {
      const health = await look().catch((): Health => ({ ok: false, reason: 'The check itself failed.' }));
      return jsonAnswer(health.ok ? 200 : 503, health, { 'cache-control': 'no-store' });
    },
  };
}
