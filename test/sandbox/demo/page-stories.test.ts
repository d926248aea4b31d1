import { describe, expect, it } from '@jest/globals';
import { hueOf, initialsOf } from '../../../src/sandbox/demo/page/avatar-look.ts';
import { createAwaitedStories } from '../../../src/sandbox/demo/page/awaited-stories.ts';
import { namespacesOf, restlessFirst } from '../../../src/sandbox/demo/page/cluster/order.ts';
import { createHomeOpener } from '../../../src/sandbox/demo/page/open-home.ts';
import type { Outcome, Person, StoryLook, WorkloadLook } from '../../../src/sandbox/demo/protocol.ts';

describe('a story that was started here', () => {
  const story = (state: StoryLook['state'], channel?: string): StoryLook => ({
    id: 'hdc-cuda',
    system: 'HDC',
    title: '',
    summary: '',
    via: 'Alertmanager',
    namespace: 'hdc',
    state,
    signal: null,
    ...(channel === undefined ? {} : { channel }),
  });
  const known = new Set(['C1']);

  it('leads to its incident once it fires and the channel can be seen', () => {
    const awaited = createAwaitedStories();
    awaited.started('hdc-cuda');

    expect(awaited.arrived([story('broken')], known)).toBeUndefined();
    expect(awaited.arrived([story('firing', 'C1')], new Set())).toBeUndefined();
    expect(awaited.arrived([story('firing', 'C1')], known)).toBe('C1');
    expect(awaited.arrived([story('firing', 'C1')], known)).toBeUndefined();
  });

  it('leads there again when it is started again into the same channel, and not before it fires', () => {
    const awaited = createAwaitedStories();
    awaited.started('hdc-cuda');
    awaited.arrived([story('firing', 'C1')], known);
    awaited.putBack('hdc-cuda');
    awaited.started('hdc-cuda');

    expect(awaited.arrived([story('broken', 'C1')], known)).toBeUndefined();
    expect(awaited.arrived([story('firing', 'C1')], known)).toBe('C1');
  });

  it('leads nowhere once it was put back, or when somebody else started it', () => {
    const awaited = createAwaitedStories();
    expect(awaited.arrived([story('firing', 'C1')], known)).toBeUndefined();

    awaited.started('hdc-cuda');
    awaited.putBack('hdc-cuda');
    expect(awaited.arrived([story('firing', 'C1')], known)).toBeUndefined();
  });
});

describe('the App Home', () => {
  /** Refuses as often as it is told to, then resolves `opened`. */
  function app(refusals: number) {
    const refused: string[] = [];
    let asked = 0;
    let resolveOpened = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
      resolveOpened = resolve;
    });
    const tell = async (): Promise<Outcome> => {
      asked += 1;
      if (asked <= refusals) return { ok: false, text: 'The app is still starting.' };
      resolveOpened();
      return { ok: true };
    };
    return { home: createHomeOpener(tell, (text) => refused.push(text), 1), refused, opened, asked: () => asked };
  }

  it('is asked for once in each visit', async () => {
    const { home, opened, asked } = app(0);
    home.look('U0ALICE');
    home.look('U0ALICE');
    await opened;
    expect(asked()).toBe(1);

    home.look(undefined);
    home.look('U0ALICE');
    expect(asked()).toBe(2);
  });

  it('is asked for again while the app starts, and the refusal is said once', async () => {
    const { home, opened, refused, asked } = app(3);
    home.look('U0ALICE');

    await opened;
    expect(asked()).toBe(4);
    expect(refused).toEqual(['The app is still starting.']);
  });
});

describe('a person’s face', () => {
  const person = (id: string, isBot = false): Person => ({
    id,
    name: id,
    realName: id,
    isBot,
    isGuest: false,
    title: '',
    canAct: true,
  });

  it('has a colour of its own for each of the first eight people', () => {
    const people = Object.fromEntries(
      [person('U0BOT', true), ...'ABCDEFGH'.split('').map((letter) => person(`U0${letter}`))].map((one) => [
        one.id,
        one,
      ]),
    );

    expect(new Set('ABCDEFGH'.split('').map((letter) => hueOf(people, `U0${letter}`))).size).toBe(8);
    expect(hueOf(people, 'U0NOBODY')).toBe(0);
  });

  it.each([
    ['Alice Adams', 'AA'],
    ['Ana de Souza', 'AS'],
    ['bob', 'B'],
    ['', ''],
  ])('shows of %j the initials %j', (name, initials) => {
    expect(initialsOf(name)).toBe(initials);
  });
});

describe('the deployments of the cluster', () => {
  const workload = (name: string, more: Partial<WorkloadLook> = {}): WorkloadLook => ({
    namespace: 'hdc',
    name,
    wanted: 1,
    ready: 1,
    updated: 1,
    revision: '1',
    image: 'hdc:1',
    paused: false,
    state: 'steady',
    env: [],
    pods: [],
    ...more,
  });

  it('that are not at rest stand before the others, which keep their order', () => {
    const all = [
      workload('b'),
      workload('a'),
      workload('marked', { mark: 'plan-1' }),
      workload('moving', { state: 'moving' }),
      workload('stuck', { state: 'stuck' }),
    ];

    expect(restlessFirst(all).map(({ name }) => name)).toEqual(['stuck', 'moving', 'marked', 'b', 'a']);
  });

  it('stand by namespace, the story’s on top', () => {
    const workloads = [
      workload('a', { namespace: 'a' }),
      workload('z', { namespace: 'z' }),
      workload('b', { namespace: 'b' }),
    ];
    const cluster = { kind: 'stand-in', name: '', nodes: [], events: [], writes: [], workloads } as const;

    expect(namespacesOf(cluster, { namespace: 'z' }).map(([namespace]) => namespace)).toEqual(['z', 'a', 'b']);
    expect(namespacesOf(cluster, undefined).map(([namespace]) => namespace)).toEqual(['a', 'b', 'z']);
  });
});
