/** Pod templates, quotas and nodes with only what previews look at. */
import type { Json } from '../../../../src/domain/json.ts';

type Amounts = { readonly [name: string]: string };

export const template = (
  { requests, limits }: { readonly requests?: Amounts; readonly limits?: Amounts } = {},
  spec: { readonly [field: string]: Json } = {},
): Json => ({
  metadata: { labels: { app: 'web' } },
  spec: {
    containers: [
      {
        name: 'app',
        image: 'x:v1',
        resources: { ...(requests === undefined ? {} : { requests }), ...(limits === undefined ? {} : { limits }) },
      },
    ],
    ...spec,
  },
});

export const quota = (hard: Amounts, used: Amounts, spec: { readonly [field: string]: Json } = {}): Json => ({
  metadata: { name: 'team' },
  spec: { hard, ...spec },
  status: { hard, used },
});

export const limitRange = (...limits: readonly Json[]): Json => ({ metadata: { name: 'bounds' }, spec: { limits } });

export const node = (
  name: string,
  allocatable: Amounts,
  over: { readonly labels?: Amounts; readonly spec?: { readonly [field: string]: Json }; readonly ready?: string } = {},
): Json => ({
  metadata: { name, labels: { 'kubernetes.io/hostname': name, ...over.labels } },
  spec: over.spec ?? {},
  status: {
    allocatable: { pods: '110', ...allocatable },
    conditions: [{ type: 'Ready', status: over.ready ?? 'True' }],
  },
});
