/** The runbook that has no kubectl at all: every unit is an action or a reason that a person agrees with. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { compileRunbook } from '../../src/runbook/compile.ts';
import { defaultCompilePolicy } from '../../src/runbook/compile-policy.ts';

const folder = join(import.meta.dirname, '../fixtures/seeds');
const name = readdirSync(folder).find((file) => file.startsWith('002')) ?? '';
const text = readFileSync(join(folder, name), 'utf8');

/** The line of each unit with its action's type or its reason. */
function units(localUrls: Readonly<Record<string, string>>): string[] {
  const { procedures } = compileRunbook(text, { path: name, policy: { ...defaultCompilePolicy, localUrls } });
  return procedures
    .flatMap(({ steps }) => steps)
    .flatMap((step) => {
      if (step.kind === 'manual') return step.prose ? [] : [`${step.line} ${step.reason.code}`];
      return [`${step.line} ${step.action.type}${step.class === 'destructive' ? ' destructive' : ''}`];
    })
    .filter((unit) => /http|docker|query|localhost|operator-host|never-run/.test(unit));
}

const asked = [49, 58, 71, 111, 114, 117, 191, 203, 229, 232, 279, 374];
const sent = [209, 212, 247, 250, 285, 377];
const others = [
  '42 operator-host',
  '45 operator-host',
  '48 docker-read',
  '55 docker-read',
  '67 never-run',
  '68 operator-host',
  '86 operator-host',
  '89 operator-host',
  '92 operator-host',
  '98 operator-host',
  '139 query',
  '142 query',
  '146 query',
  '154 docker-read',
  '157 docker-read',
  '160 docker-read',
  '163 docker-read',
  '169 operator-host',
  '188 operator-host',
  '194 docker-read',
  '200 docker-read',
  '215 docker-change destructive',
  '321 operator-host',
  '324 operator-host',
  '356 operator-host',
  '365 docker-change destructive',
  '371 operator-host',
  '390 operator-host',
  '393 operator-host',
  '396 operator-host',
  '434 docker-change destructive',
  '437 operator-host',
  '438 operator-host',
  '441 operator-host',
  '444 docker-change destructive',
];
const byLine = (units: readonly string[]): string[] => units.toSorted((a, b) => parseInt(a, 10) - parseInt(b, 10));

describe('a runbook of localhost, docker-compose and PromQL', () => {
  it('reaches everything that firebreak.yaml says where to find', () => {
    expect(units({ 'localhost:8000': 'http://app.shop:8000' })).toEqual(
      byLine([
        ...others,
        ...asked.map((line) => `${line} http-read`),
        ...sent.map((line) => `${line} http-send destructive`),
      ]),
    );
  });

  it('leaves localhost to a person where nobody says what it is', () => {
    // Line 371 sends a file as well; either reason is true.
    const left = others.map((unit) => unit.replace('371 operator-host', '371 localhost-url'));

    expect(units({})).toEqual(byLine([...left, ...[...asked, ...sent].map((line) => `${line} localhost-url`)]));
  });
});
