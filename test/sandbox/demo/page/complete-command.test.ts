import { describe, expect, it } from '@jest/globals';
import { completeCommand, moveMark } from '../../../../src/sandbox/demo/page/slack/complete-command.ts';

const commands = [
  {
    command: '/incident',
    description: 'Steer incidents',
    usage: 'new | status',
    examples: ['/incident new', '/incident status'],
  },
  { command: '/runbook', description: 'Find a procedure', usage: '/runbook WORDS', examples: ['/runbook gpu-oom'] },
];
const linesFor = (typed: string) => completeCommand(commands, typed).suggestions.map(({ line }) => line);

describe('a leading slash', () => {
  it.each<[string, string[]]>([
    ['/', ['/incident ', '/runbook ']],
    ['/r', ['/runbook ']],
    ['/RUN', ['/runbook ']],
    ['/book', ['/runbook ']],
    ['/zzz', []],
    ['hello', []],
    [' /r', []],
    ['', []],
    ['/incident ', ['/incident new', '/incident status']],
    ['/incident s', ['/incident status']],
    ['/incident status', []],
    ['/incident x', []],
    ['/zzz x', []],
    ['/incident new\nmore', []],
  ])('in %j offers %j', (typed, expected) => {
    expect(linesFor(typed)).toEqual(expected);
  });

  it('says how a command is used once it is typed, with the command before it', () => {
    expect(completeCommand(commands, '/incident ').usage).toBe('/incident new | status');
    expect(completeCommand(commands, '/runbook gpu').usage).toBe('/runbook WORDS');
    expect(completeCommand(commands, '/in').usage).toBeUndefined();
  });

  it('lets Enter take the first command, and send what is a whole line', () => {
    expect(completeCommand(commands, '/in').marked).toBe(0);
    expect(completeCommand(commands, '/incident').marked).toBe(-1);
    expect(completeCommand(commands, '/incident n').marked).toBe(-1);
  });
});

it('the mark goes round through no mark at all', () => {
  expect([moveMark(-1, 1, 2), moveMark(0, 1, 2), moveMark(1, 1, 2)]).toEqual([0, 1, -1]);
  expect([moveMark(-1, -1, 2), moveMark(1, -1, 2), moveMark(0, -1, 2)]).toEqual([1, 0, -1]);
});
