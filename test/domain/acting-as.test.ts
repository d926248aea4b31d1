import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { actingAs, isActingAs, isGroupToBorrow, isUserPrefix, whoCompleted } from '../../src/domain/acting-as.ts';
import type { Standing } from '../../src/domain/person.ts';

const person = (identity: string, mapped = true) => ({ identity, mapped, name: 'Alice' });
const oidc = { prefix: 'oidc:', groups: ['oncall'] };

describe('the name at the cluster', () => {
  it('is the prefix and the e-mail address, with the groups of the configuration', () => {
    expect(actingAs(oidc, person('alice@example.com'))).toEqual({
      kind: 'person',
      as: { user: 'oidc:alice@example.com', groups: ['oncall'] },
    });
  });

  it('is nobody’s without an e-mail address, and the reason says what to do', () => {
    expect(actingAs(oidc, person('slack:U0ALICE', false))).toEqual({
      kind: 'nobody',
      why: expect.stringMatching(/^Alice approved this.*people: in firebreak\.yaml/),
    });
  });

  it.each([
    'alice@example.com\r\nImpersonate-Group: system:masters',
    'alice @example.com',
    'älice@example.com',
    'system:masters',
    'a@b@c',
    `${'a'.repeat(65)}@example.com`,
    'alice@example.com\u0000',
    '',
  ])('is nobody’s for %j', (identity) => {
    expect(actingAs({ prefix: '', groups: [] }, person(identity))).toMatchObject({ kind: 'nobody' });
  });

  it('never ends a header, whatever the directory says', () => {
    const wild = fc.string({ unit: 'binary' });
    fc.assert(
      fc.property(wild, fc.constantFrom('', 'oidc:', 'https://id.example.com#'), (text, prefix) => {
        const who = actingAs({ prefix, groups: [] }, person(`${text}@example.com`));
        if (who.kind === 'nobody') return;
        expect(who.as.user).toMatch(/^[!-~]{1,460}$/);
        expect(isActingAs(who.as)).toBe(true);
      }),
    );
  });

  it.each(['system:masters', 'SYSTEM:masters', 'a b', '', 'x'.repeat(201), 'a\nb'])('no group is %j', (group) => {
    expect(isGroupToBorrow(group)).toBe(false);
  });

  it('a prefix may be empty, and is never of Kubernetes itself', () => {
    expect(['', 'oidc:', 'https://id.example.com#', 'system:', 'a b'].map(isUserPrefix)).toEqual([
      true,
      true,
      true,
      false,
      false,
    ]);
  });
});

describe('whose approval completed the decision', () => {
  const standings = new Map(
    ['alice', 'bob', 'carol'].map((name): [string, Standing] => [
      name,
      {
        member: { slack: name, identity: `${name}@example.com`, mapped: true, name, standing: 'member' },
        responder: true,
        approver: name === 'alice',
        onCall: false,
      },
    ]),
  );
  const votes = (...names: string[]) => names.map((voter) => ({ voter, counted: voter !== 'carol' }));

  it('is the last that counted', () => {
    const decision = { verdict: 'approved' as const, counts: votes('alice', 'bob', 'carol') };

    expect(whoCompleted(decision, standings, 'change')?.name).toBe('bob');
  });

  it('is an approver’s where the plan needed one', () => {
    const decision = { verdict: 'approved' as const, counts: votes('alice', 'bob') };

    expect(whoCompleted(decision, standings, 'destructive')?.name).toBe('alice');
  });

  it('is nobody’s before it is approved', () => {
    expect(whoCompleted({ verdict: 'pending', counts: votes('alice') }, standings, 'change')).toBeUndefined();
  });
});
