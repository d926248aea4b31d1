import { expect, it } from '@jest/globals';
import { type AuditEvent, createAudit } from '../../../src/sandbox/kubernetes/audit.ts';

const request = (verb: string, at: number): AuditEvent => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID: `${verb}-${at}`,
  stage: 'ResponseComplete',
  requestURI: '/api/v1/pods',
  verb,
  user: { username: 'sandbox-user' },
  sourceIPs: [],
  userAgent: '',
  responseStatus: { metadata: {}, code: 200 },
  requestReceivedTimestamp: '',
  stageTimestamp: '',
});

it('the audit log keeps every write in memory, and the newest of many reads', () => {
  const audit = createAudit(undefined);
  const held = audit.events;
  for (let at = 0; at < 20_000; at++) audit.append(request(at % 100 === 0 ? 'patch' : 'get', at));

  expect(held.filter(({ verb }) => verb === 'patch')).toHaveLength(200);
  expect(held.length).toBeLessThan(6000);
  expect(held.at(-1)?.auditID).toBe('get-19999');
  const numbers = held.map(({ auditID }) => Number(auditID.split('-')[1]));
  expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
});
