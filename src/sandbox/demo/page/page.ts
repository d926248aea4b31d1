/** The page: what it keeps for itself, and how it is drawn again. */
import { nothing, render } from 'lit-html';
import type { Outcome } from '../protocol.ts';
import { createAnnouncer } from './announcer.ts';
import { createAwaitedStories } from './awaited-stories.ts';
import { createClusterPanel } from './cluster/cluster-panel.ts';
import { openEventStream, pageVisibility } from './event-stream.ts';
import { createGuideStrip } from './guide/guide-strip.ts';
import { layout } from './layout.ts';
import { createToasts } from './notices.ts';
import { createHomeOpener } from './open-home.ts';
import { createPanel } from './panel.ts';
import { pointAt } from './pointing.ts';
import { remember, remembered } from './remembered.ts';
import type { Shell } from './shell.ts';
import { sidebar } from './sidebar.ts';
import { slackArea, slackContext, slackLayers } from './slack-area.ts';
import type { GestureWithoutAs } from './slack/context.ts';
import { createStore } from './store.ts';
import { channelsOf, newestTs, single } from './table.ts';
import { createThemeSwitch } from './theme-switch.ts';
import { type Reads, seen, unreadIn } from './unread.ts';
import { isChannel, moved, readWhere, type Where, withoutThread, writeWhere } from './where.ts';

/** Clocks on the page move without news from the server. */
const redrawEveryMs = 10_000;

export function startPage(root: HTMLElement, announcer: HTMLElement): void {
  let where = readWhere(location.hash);
  let isDrawing = false;
  let isDrawerOpen = false;
  let isGuideHidden = remembered('guide') === 'hidden';
  let reads: Reads | undefined = readReads();
  let known: Set<string> | undefined;
  let lastPerson: string | undefined;
  const awaited = createAwaitedStories();
  let lastSlack = isChannel(where.middle) ? where.middle : undefined;

  const draw = (): void => {
    if (isDrawing) return;
    isDrawing = true;
    requestAnimationFrame(() => {
      isDrawing = false;
      drawNow();
    });
  };
  const store = createStore({
    openStream: openEventStream,
    visibility: pageVisibility,
    onChange: draw,
    onStranger: () => {
      // An address from another demo, with other people.
      const { as: _stranger, ...rest } = where;
      goTo(rest);
    },
  });
  const toasts = createToasts(draw);
  const themeSwitch = createThemeSwitch(draw);
  const panel = createPanel(createClusterPanel());
  const guideStrip = createGuideStrip();
  const announce = createAnnouncer(announcer);
  const go = (change: Partial<Where>): void => goTo(moved(where, change));
  const goTo = (next: Where): void => {
    isDrawerOpen = false;
    if (writeWhere(next) === writeWhere(where)) return draw();
    const isStep = next.middle !== where.middle || next.thread !== where.thread || next.as !== where.as;
    where = next;
    history[isStep ? 'pushState' : 'replaceState'](null, '', writeWhere(where));
    arrive();
  };
  /** After every change of place, by us or by the browser's buttons. */
  const arrive = (): void => {
    if (isChannel(where.middle)) lastSlack = where.middle;
    store.follow(where.as);
    draw();
  };
  const act = async (gesture: GestureWithoutAs): Promise<Outcome> => {
    const as = where.as ?? single(store.table(), 'me')?.id;
    return as === undefined ? { ok: false, text: 'The page is not connected yet.' } : store.act(as, gesture);
  };

  const home = createHomeOpener(() => act({ do: 'home' }), toasts.say);

  const toggleDrawer = (): void => {
    isDrawerOpen = !isDrawerOpen;
    draw();
    // Into the drawer, and back to the button that opened it.
    requestAnimationFrame(() => {
      const target = isDrawerOpen ? '#sidebar input:checked' : '.drawer-button';
      document.querySelector<HTMLElement>(target)?.focus();
    });
  };

  function shellNow(): Shell {
    const table = store.table();
    return {
      table,
      connection: store.connection(),
      refusal: store.refusal(),
      where,
      me: single(table, 'me'),
      now: new Date(),
      go,
      closeThread: () => goTo(withoutThread(where)),
      act,
      async doOrSay(gesture, done) {
        const outcome = await act(gesture);
        if (outcome.ok && gesture.do === 'start-story') awaited.started(gesture.story);
        if (outcome.ok && gesture.do === 'reset-story') awaited.putBack(gesture.story);
        const said = outcome.ok ? (outcome.said ?? done) : outcome.text;
        if (said !== undefined) toasts.say(said);
        return outcome.ok;
      },
      say: toasts.say,
      announce,
      changed: draw,
      pointAt,
    };
  }

  function drawNow(): void {
    const shell = shellNow();
    const context = slackContext(shell);
    followNews(shell);
    home.look(where.middle === 'home' && shell.connection === 'live' ? shell.me?.id : undefined);
    const me = shell.me?.id ?? '';
    if (reads !== undefined && isChannel(where.middle) && document.visibilityState === 'visible') {
      const next = seen(shell.table, reads, me, where.middle);
      if (next !== reads) remember('reads', JSON.stringify(next));
      reads = next;
    }
    const hide = (isHidden: boolean) => (): void => {
      isGuideHidden = isHidden;
      remember('guide', isHidden ? 'hidden' : undefined);
      draw();
    };
    render(
      layout(shell, {
        themeSwitch: themeSwitch(),
        guide: isGuideHidden ? nothing : guideStrip(shell, context, hide(true)),
        showGuide: isGuideHidden ? hide(false) : undefined,
        sidebar: sidebar(shell, {
          unread: (channel) => (reads === undefined ? 0 : unreadIn(shell.table, reads, me, channel)),
          isOpen: isDrawerOpen,
          close: () => {
            isDrawerOpen = false;
          },
        }),
        middle: slackArea(shell, context),
        panel: panel(shell),
        above: [...slackLayers(shell, context), toasts.view()],
        drawer: { isOpen: isDrawerOpen, toggle: toggleDrawer },
        lastSlack: lastSlack ?? channelsOf(shell.table)[0]?.id ?? 'home',
      }),
      root,
    );
  }

  /** A new incident channel is said, and opened for whoever waits for it among the stories. */
  function followNews(shell: Shell): void {
    if (shell.connection !== 'live' || shell.me === undefined) return;
    reads ??= { since: newestTs(shell.table), seen: {} };
    const channels = channelsOf(shell.table);
    const before = known;
    known = new Set(channels.map(({ id }) => id));
    if (before === undefined || single(shell.table, 'me')?.id !== lastPerson) {
      lastPerson = shell.me.id;
      return;
    }
    for (const channel of channels) {
      if (!before.has(channel.id) && !channel.isArchived) announce(`New channel: ${channel.name}`);
    }
    const channel = awaited.arrived(single(shell.table, 'stories') ?? [], known);
    if (channel !== undefined && where.middle === 'stories') queueMicrotask(() => go({ middle: channel }));
  }

  addEventListener('popstate', () => {
    where = readWhere(location.hash);
    arrive();
  });
  addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && isDrawerOpen) toggleDrawer();
  });
  document.addEventListener('visibilitychange', draw);
  setInterval(draw, redrawEveryMs);
  arrive();
}

function readReads(): Reads | undefined {
  const text = remembered('reads');
  // We wrote it ourselves; a page of another version starts with nothing read.
  return text === undefined ? undefined : (JSON.parse(text) as Reads);
}
