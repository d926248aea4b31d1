/** Many objects at once, with so many requests under way as an API server likes. */
import type { KubernetesApi } from './kubernetes-api.ts';

const lanes = 16;

/** POSTs each of the bodies. Throws when one is refused. */
export async function createMany(
  api: Pick<KubernetesApi, 'send'>,
  path: string,
  bodies: readonly object[],
): Promise<void> {
  const queue = bodies.values();
  await Promise.all(
    Array.from({ length: lanes }, async () => {
      for (const body of queue) {
        const headers = { 'Content-Type': 'application/json' };
        const { status, text } = await api.send({ method: 'POST', path, headers, body: JSON.stringify(body) });
        if (status !== 201) throw new Error(`POST ${path} was answered with ${status}: ${text}`);
      }
    }),
  );
}

/** Of some 4 kB, as pods are. No scheduler knows of it, so no kubelet runs it, and a DELETE ends it at once. */
export const idlePod = (name: string, labels: Readonly<Record<string, string>> = {}): object => ({
  metadata: { name, labels: { app: 'idle', ...labels } },
  spec: {
    schedulerName: 'nobody',
    terminationGracePeriodSeconds: 0,
    containers: [
      {
        name: 'app',
        image: 'workload:v1',
        env: Array.from({ length: 40 }, (_, index) => ({
          name: `SETTING_${index}`,
          value: `value-of-${name}-${index}`,
        })),
      },
    ],
  },
});
