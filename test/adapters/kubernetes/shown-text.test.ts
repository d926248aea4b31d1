/** What others wrote, in a sentence of ours: never the value of what they call a password, however it is written. */
import { describe, expect, it } from '@jest/globals';
import { whyRejected } from '../../../src/adapters/kubernetes/rejections.ts';
import { lastLine } from '../../../src/adapters/kubernetes/verify/read-evidence.ts';
import { shortText } from '../../../src/adapters/kubernetes/verify/short-text.ts';

const esc = '\u001B';
const denied = (why: string): string =>
  whyRejected({
    code: 403,
    reason: 'Forbidden',
    message: `admission webhook "a.b" denied the request: ${why}`,
    kind: '',
    name: '',
    causes: [],
  });

describe.each<[string, (text: string) => string | undefined]>([
  ['a sentence', (text) => shortText(text)],
  ['the last line of a log', lastLine],
  ['a refusal', denied],
])('%s', (_, shown) => {
  it.each<[string, string]>([
    ['colours before the value', `INF connect ${esc}[36mpassword=${esc}[0mhunter2`],
    ['colours behind the name', `INF connect password${esc}[0m=hunter2`],
    ['a title of the window', `${esc}]0;x${esc}\\password=${esc}]0;y\u0007hunter2`],
    ['an invisible character', 'pass\u00ADword=hunter2'],
    ['a character that does not print', 'password\u0000=\u0001hunter2'],
  ])('hides it in spite of %s', (__, text) => {
    expect(shown(text)).toContain('(masked)');
    expect(shown(text)).not.toContain('hunter2');
  });

  it('takes no longer than it should for what is very long', () => {
    expect((shown('a'.repeat(3_000_000)) ?? '').length).toBeLessThan(400);
  });
});

it('hides in a refusal what stands on the lines below a name', () => {
  expect(denied('bad data\npassword: |\n  hunter2\n')).toContain('bad data password: (masked)”');
});
