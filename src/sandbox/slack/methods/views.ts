import { checkView } from '../block-kit/view.ts';
import { findView, type JsonObject, type View, type Workspace } from '../workspace.ts';
import { missing } from './arguments.ts';
import type { Call, Method } from './method.ts';
import { refusal, SlackRefusal } from './refusal.ts';

/** Slack keeps at most three modals on top of each other. */
const stackMax = 3;

/** The modals in front of a person, the one in front last. */
export function stackOf(workspace: Workspace, userId: string): View[] {
  return workspace.modals.get(userId) ?? [];
}

/** A view in Slack's wire shape. */
export function viewOnWire(view: View): JsonObject {
  return structuredClone(view);
}

/**
 * Checks a sent view and gives it its place. Throws `SlackRefusal`.
 *
 * @param replaced the view that it takes the place of; none for a new one
 */
function buildView(
  workspace: Workspace,
  given: unknown,
  type: View['type'],
  place: { replaced?: View; under?: View } = {},
): View {
  if (given === undefined) throw missing('view');
  const { replaced, under } = place;
  const id = replaced?.id ?? workspace.nextId('V');
  const checked = checkView(
    given,
    type,
    {
      id,
      hash: `${workspace.nextTs()}.${workspace.nextId('h')}`,
      root_view_id: replaced?.root_view_id ?? under?.root_view_id ?? id,
      previous_view_id: replaced?.previous_view_id ?? under?.id ?? null,
      team_id: workspace.team.id,
      app_id: workspace.app.id,
      app_installed_team_id: workspace.team.id,
      bot_id: workspace.app.botId,
    },
    () => workspace.nextId('b'),
  );
  if (!checked.ok) throw refusal(checked.code, checked.faults);
  const external = checked.value.external_id;
  const views = [...workspace.modals.values()].flat();
  if (external !== '' && views.some((one) => one.external_id === external && one.id !== id)) {
    throw new SlackRefusal('duplicate_external_id');
  }
  return checked.value;
}

function open(call: Call): JsonObject {
  const { workspace, args, triggers } = call;
  const view = buildView(workspace, args.json('view'), 'modal');
  const { userId } = triggers.exchange(args.required('trigger_id'));
  workspace.modals.set(userId, [view]);
  return { view: viewOnWire(view) };
}

function push(call: Call): JsonObject {
  const { workspace, args, triggers } = call;
  const { userId, viewId } = triggers.exchange(args.required('trigger_id'));
  const stack = stackOf(workspace, userId);
  const under = stack.at(-1);
  if (viewId === undefined || !under) throw new SlackRefusal('not_found');
  const view = pushView(workspace, userId, args.json('view'));
  return { view: viewOnWire(view) };
}

/** Puts a view on top of the one in front. Throws `SlackRefusal`. */
export function pushView(workspace: Workspace, userId: string, given: unknown): View {
  const stack = stackOf(workspace, userId);
  const under = stack.at(-1);
  if (stack.length >= stackMax) throw new SlackRefusal('push_limit_reached');
  const view = buildView(workspace, given, 'modal', under ? { under } : {});
  workspace.modals.set(userId, [...stack, view]);
  return view;
}

function update(call: Call): JsonObject {
  const { workspace, args } = call;
  const found = namedView(call);
  if (!found) throw new SlackRefusal('not_found');
  checkHash(args.text('hash'), found.view);
  return { view: viewOnWire(replaceView(workspace, found.userId, found.view, args.json('view'))) };
}

/** Puts a new version in the place of a view. Throws `SlackRefusal`. */
export function replaceView(workspace: Workspace, userId: string, replaced: View, given: unknown): View {
  const view = buildView(workspace, given, replaced.type, { replaced });
  workspace.modals.set(
    userId,
    stackOf(workspace, userId).map((one) => (one.id === view.id ? view : one)),
  );
  return view;
}

function namedView({ workspace, args }: Call): { userId: string; view: View } | undefined {
  const id = args.text('view_id');
  const external = args.text('external_id');
  if (id === undefined && external === undefined) throw missing('view_id');
  const named = [...workspace.modals.values()].flat().find((one) => one.external_id === external);
  const found = findView(workspace, id ?? named?.id ?? '');
  return found?.view.type === 'modal' ? found : undefined;
}

function checkHash(hash: string | undefined, view: View): void {
  if (hash !== undefined && hash !== view.hash) throw new SlackRefusal('hash_conflict');
}

function publish(call: Call): JsonObject {
  const { workspace, args } = call;
  const userId = args.required('user_id');
  if (!workspace.users.has(userId)) throw new SlackRefusal('user_not_found');
  const replaced = workspace.homes.get(userId);
  if (replaced) checkHash(args.text('hash'), replaced);
  const view = buildView(workspace, args.json('view'), 'home', replaced ? { replaced } : {});
  workspace.homes.set(userId, view);
  return { view: viewOnWire(view) };
}

export const views: Record<string, Method> = {
  'views.open': { scopes: [], perMinute: 100, arguments: { trigger_id: 'text', view: 'json' }, run: open },
  'views.push': { scopes: [], perMinute: 100, arguments: { trigger_id: 'text', view: 'json' }, run: push },
  'views.update': {
    scopes: [],
    perMinute: 100,
    arguments: { view_id: 'text', external_id: 'text', view: 'json', hash: 'text' },
    run: update,
  },
  'views.publish': {
    scopes: [],
    perMinute: 100,
    arguments: { user_id: 'text', view: 'json', hash: 'text' },
    run: publish,
  },
};
