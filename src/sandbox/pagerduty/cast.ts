/** The account that nobody described: the people of the Slack stand-in, one service, two levels of escalation. */
import type { EscalationPolicy, Priority, Service, User } from './account.ts';

export const defaultUsers: readonly User[] = [
  { id: 'PALICE1', name: 'Alice Okafor', email: 'alice@example.com' },
  { id: 'PBOB001', name: 'Bob Lindqvist', email: 'bob@example.com' },
  { id: 'PCAROL1', name: 'Carol Reyes', email: 'carol@example.com' },
  { id: 'PFIREBR', name: 'Firebreak', email: 'firebreak@example.com' },
];

export const defaultEscalationPolicies: readonly EscalationPolicy[] = [
  { id: 'PLADDER', name: 'Largeforge on call', levels: [['PALICE1'], ['PCAROL1']] },
];

export const defaultServices: readonly Service[] = [
  {
    id: 'PLARGEF',
    name: 'Largeforge',
    escalationPolicy: 'PLADDER',
    integrationKey: 'sandboxintegrationkey00000000000',
  },
];

export const defaultPriorities: readonly Priority[] = ['P1', 'P2', 'P3', 'P4', 'P5'].map((name) => ({
  id: `PPRIO0${name.slice(1)}`,
  name,
}));
