import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parsePageEvent } from '../../../src/adapters/pagerduty/payload.ts';
import type { PageStatus } from '../../../src/domain/page.ts';

const receivedAt = new Date('2026-11-22T06:00:00Z');
const occurredAt = '2026-11-22T05:59:58.123Z';

/** An incident as webhooks carry it. */
function anIncident(more: object = {}) {
  return {
    id: 'PGR0VU2',
    type: 'incident',
    self: 'https://api.pagerduty.com/incidents/PGR0VU2',
    html_url: 'https://acme.pagerduty.com/incidents/PGR0VU2',
    number: 2,
    status: 'triggered',
    incident_key: 'd3640fbd41094207a1c11e58e46b1662',
    created_at: '2026-11-22T05:59:57Z',
    title: 'Error rate over 5 %',
    service: { id: 'PF9KMXH', summary: 'API Service', type: 'service_reference' },
    assignees: [{ id: 'PTUXL6G', summary: 'Alice Okafor', type: 'user_reference' }],
    escalation_policy: { id: 'PUS0KTE', summary: 'Default', type: 'escalation_policy_reference' },
    priority: { id: 'PSO75BM', summary: 'P1', type: 'priority_reference' },
    urgency: 'high',
    ...more,
  };
}

function aBody(more: object = {}, data: unknown = anIncident()): Buffer {
  const event = {
    id: '01BRB6ZP4M6T8ZG4X6BP63ZB9O',
    event_type: 'incident.triggered',
    resource_type: 'incident',
    occurred_at: occurredAt,
    agent: { id: 'PLH1HKV', summary: 'Tenex Engineer', type: 'user_reference' },
    client: { name: 'PagerDuty' },
    data,
    ...more,
  };
  return Buffer.from(JSON.stringify({ event }));
}

const parse = (body: Buffer) => parsePageEvent(body, receivedAt);

describe('an event of PagerDuty', () => {
  it('about an incident carries the page', () => {
    const { event, problem } = parse(aBody());

    expect(problem).toBeUndefined();
    expect(event).toEqual({
      id: '01BRB6ZP4M6T8ZG4X6BP63ZB9O',
      type: 'incident.triggered',
      at: new Date(occurredAt),
      agent: { id: 'PLH1HKV', name: 'Tenex Engineer' },
      kind: 'page',
      page: {
        id: 'PGR0VU2',
        service: 'PF9KMXH',
        number: 2,
        title: 'Error rate over 5 %',
        url: 'https://acme.pagerduty.com/incidents/PGR0VU2',
        status: 'triggered',
        urgency: 'high',
        priority: 'P1',
        incidentKey: 'd3640fbd41094207a1c11e58e46b1662',
        escalationPolicy: 'PUS0KTE',
        assignees: [{ id: 'PTUXL6G', name: 'Alice Okafor' }],
        createdAt: new Date('2026-11-22T05:59:57Z'),
      },
    });
  });

  it.each<[type: string, said: string, status: PageStatus]>([
    ['incident.triggered', 'resolved', 'triggered'],
    ['incident.acknowledged', 'triggered', 'acknowledged'],
    ['incident.unacknowledged', 'acknowledged', 'triggered'],
    ['incident.resolved', 'triggered', 'resolved'],
    ['incident.reopened', 'triggered', 'triggered'],
    ['incident.reopened', 'acknowledged', 'acknowledged'],
    ['incident.reopened', 'resolved', 'triggered'],
    ['incident.escalated', 'triggered', 'triggered'],
    ['incident.reassigned', 'acknowledged', 'acknowledged'],
    ['incident.delegated', 'triggered', 'triggered'],
    ['incident.priority_updated', 'resolved', 'resolved'],
    ['incident.service_updated', 'acknowledged', 'acknowledged'],
    ['incident.incident_type.changed', 'triggered', 'triggered'],
  ])('%s with data that say %s is of a page that is %s', (type, said, status) => {
    const { event } = parse(aBody({ event_type: type }, anIncident({ status: said })));

    expect(event).toMatchObject({ kind: 'page', type, page: { status } });
  });

  it('about a note carries its text', () => {
    const data = {
      incident: { id: 'PGR0VU2', type: 'incident_reference' },
      id: 'P2LA89X',
      content: 'Rolled back. <!channel>',
      trimmed: false,
      type: 'incident_note',
    };

    const { event } = parse(aBody({ event_type: 'incident.annotated' }, data));

    expect(event).toMatchObject({
      kind: 'note',
      pageId: 'PGR0VU2',
      noteId: 'P2LA89X',
      text: 'Rolled back. <!channel>',
    });
  });

  it('may be a test of the subscription', () => {
    const body = aBody(
      { event_type: 'pagey.ping', resource_type: 'pagey', agent: null, client: null },
      { type: 'ping' },
    );

    const { event, problem } = parse(body);

    expect(event).toMatchObject({ kind: 'ping', type: 'pagey.ping' });
    expect(event).not.toHaveProperty('agent');
    expect(problem).toBeUndefined();
  });

  it.each([
    'incident.responder.added',
    'incident.status_update_published',
    'incident.workflow.started',
    'service.updated',
    'incident.teleported',
    'moon.landed',
  ])('%s is let pass', (type) => {
    const { event, problem } = parse(aBody({ event_type: type }));

    expect(event).toMatchObject({ id: '01BRB6ZP4M6T8ZG4X6BP63ZB9O', kind: 'other', type });
    expect(problem).toBeUndefined();
  });

  it.each<[string, object | null | undefined]>([
    ['nobody', null],
    ['nobody, not even as null', undefined],
    ['a service', { id: 'PF9KMXH', summary: 'API Service', type: 'service_reference' }],
    ['an integration', { id: 'PF9KMXH', type: 'events_api_v2_inbound_integration_reference' }],
    ['somebody without an id', { summary: 'Ghost', type: 'user_reference' }],
  ])('by %s has no agent', (_, agent) => {
    const { event } = parse(aBody({ agent }));

    expect(event.kind).toBe('page');
    expect(event).not.toHaveProperty('agent');
  });
});

describe('a page comes in even when PagerDuty changes a detail', () => {
  it.each<[string, object, object]>([
    ['no priority', { priority: null }, {}],
    ['a priority of another form', { priority: 'P1' }, {}],
    ['a priority with a name only', { priority: { name: 'SEV-1' } }, { priority: 'SEV-1' }],
    ['no key', { incident_key: null }, {}],
    ['no escalation policy', { escalation_policy: null }, {}],
    ['no title', { title: undefined }, { title: 'a page without a title' }],
    ['an empty title', { title: '' }, { title: 'a page without a title' }],
    ['another urgency', { urgency: 'severe' }, { urgency: 'high' }],
    ['no time of creation', { created_at: undefined }, { createdAt: new Date(occurredAt) }],
    ['a number that is none', { number: '2' }, { number: 0 }],
    ['a number that the ledger cannot hold', { number: 2 ** 40 }, { number: 0 }],
    [
      'an address that is none',
      { html_url: 'javascript:alert(1)' },
      { url: 'https://app.pagerduty.com/incidents/PGR0VU2' },
    ],
    ['no address', { html_url: undefined }, { url: 'https://app.pagerduty.com/incidents/PGR0VU2' }],
    ['no assignees', { assignees: undefined }, { assignees: [] }],
    [
      'an assignee that is none',
      { assignees: [null, 7, { id: 'PTUXL6G', type: 'user_reference' }] },
      { assignees: [{ id: 'PTUXL6G', name: 'PTUXL6G' }] },
    ],
    ['an unknown field', { future: { deep: [1] } }, {}],
  ])('%s', (_, data, page) => {
    const { event, problem } = parse(aBody({}, anIncident(data)));

    expect(problem).toBeUndefined();
    expect(event).toMatchObject({ kind: 'page', page: { id: 'PGR0VU2', status: 'triggered', ...page } });
  });

  it('keeps what the ledger can hold of a hostile title', () => {
    const { event } = parse(aBody({}, anIncident({ title: `a\0b\uD800c${'x'.repeat(5_000)}` })));

    const title = event.kind === 'page' ? event.page.title : '';
    expect(title).toHaveLength(1_024);
    expect(title.startsWith('a\uFFFDb\uFFFDcxx')).toBe(true);
  });
});

describe('what is not understood is let pass, and said', () => {
  it.each<[string, object, unknown, string]>([
    ['an incident without an id', {}, anIncident({ id: undefined }), 'event.data.id'],
    ['an id that is a path', {}, anIncident({ id: '../users/PTUXL6G' }), 'event.data.id'],
    ['an incident without a service', {}, anIncident({ service: null }), 'event.data.service'],
    ['no data', {}, null, 'event.data'],
    ['a list for data', {}, [], 'event.data'],
    [
      'an escalation without a status',
      { event_type: 'incident.escalated' },
      anIncident({ status: 'asleep' }),
      'status',
    ],
    [
      'a note without an incident',
      { event_type: 'incident.annotated' },
      { id: 'P1', content: 'x' },
      'event.data.incident',
    ],
    [
      'a note whose text is none',
      { event_type: 'incident.annotated' },
      { id: 'P1', content: 7, incident: { id: 'P2' } },
      'event.data.content',
    ],
  ])('%s', (_, more, data, where) => {
    const { event, problem } = parse(aBody(more, data));

    expect(event).toMatchObject({ id: '01BRB6ZP4M6T8ZG4X6BP63ZB9O', kind: 'other', at: new Date(occurredAt) });
    expect(problem).toContain(where);
  });

  it('takes the status from the type when the data have none', () => {
    const { event } = parse(aBody({ event_type: 'incident.resolved' }, anIncident({ status: 'merged' })));

    expect(event).toMatchObject({ kind: 'page', page: { status: 'resolved' } });
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.alloc(0)],
    ['no JSON', Buffer.from('{"event":')],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
    ['null', Buffer.from('null')],
    ['a list', Buffer.from('[]')],
    ['a number', Buffer.from('7')],
    ['no event', Buffer.from('{}')],
    ['version 2', Buffer.from(JSON.stringify({ messages: [{ event: 'incident.trigger', id: 'x' }] }))],
    ['an id that is no text', aBody({ id: 7 })],
    ['an id with NUL', aBody({ id: 'a\0b' })],
    ['an endless id', aBody({ id: 'x'.repeat(10_000) })],
    ['no type', aBody({ event_type: undefined })],
    ['a type with a line break', aBody({ event_type: 'incident\n.triggered' })],
    ['no time', aBody({ occurred_at: undefined })],
    ['a time that is none', aBody({ occurred_at: 'yesterday' })],
    ['a month that is none', aBody({ occurred_at: '2026-13-45T00:00:00Z' })],
    ['a deep one', Buffer.from('['.repeat(100_000) + ']'.repeat(100_000))],
    ['a prototype', Buffer.from('{"__proto__":{"event":{"id":"x"}},"constructor":7}')],
  ])('a body of %s', (_, body) => {
    const { event, problem } = parse(body);

    expect(event).toMatchObject({ kind: 'other', type: 'unreadable', at: receivedAt });
    expect(event.id).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect(problem).toMatch(/\.$/);
    expect(parse(body)).toEqual({ event, problem });
  });

  it('whatever the JSON', () => {
    fc.assert(
      fc.property(fc.json(), fc.jsonValue(), (text, data) => {
        for (const body of [Buffer.from(text), aBody({}, data), aBody({ event_type: 'incident.annotated' }, data)]) {
          expect(parse(body).event.id).not.toBe('');
        }
      }),
      { numRuns: 200 },
    );
  });
});
