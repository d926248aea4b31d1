import type { Method } from './method.ts';

/** Socket Mode's way in. The scope `connections:write` belongs to the app-level token itself. */
export const apps: Record<string, Method> = {
  'apps.connections.open': {
    appLevel: true,
    scopes: [],
    perMinute: 50,
    arguments: {},
    run: ({ socketUrl }) => ({ url: socketUrl() }),
  },
};
