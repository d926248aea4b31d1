import { messageOnWire } from './methods/chat.ts';
import { viewOnWire } from './methods/views.ts';
import type { Place } from './places.ts';
import { type Channel, isEphemeral, type JsonObject, type User, type View, type Workspace } from './workspace.ts';

/** Interaction payloads in the shapes of Slack's "Interaction payloads" and "Slash commands" pages. */

interface Facts {
  workspace: Workspace;
  user: User;
  verificationToken: string;
  triggerId?: string;
  responseUrl?: string;
}

function base({ workspace, user, verificationToken }: Facts, type: string): JsonObject {
  return {
    type,
    user: { id: user.id, username: user.name, name: user.name, team_id: user.teamId },
    api_app_id: workspace.app.id,
    token: verificationToken,
    team: { id: workspace.team.id, domain: workspace.team.domain },
    enterprise: null,
    is_enterprise_install: false,
  };
}

/** Which message or view the person was at. */
function placeFields(place: Place): JsonObject {
  if (place.kind === 'view') {
    return { container: { type: 'view', view_id: place.view.id }, view: viewOnWire(place.view) };
  }
  const { channel, message } = place;
  const thread = message.thread_ts === undefined ? {} : { thread_ts: message.thread_ts };
  const ephemeral = isEphemeral(message);
  return {
    container: {
      type: 'message',
      message_ts: message.ts,
      channel_id: channel.id,
      is_ephemeral: ephemeral,
      ...thread,
    },
    channel: { id: channel.id, name: channel.name },
    ...(ephemeral ? {} : { message: { ...messageOnWire(message, false), blocks: structuredClone(place.blocks) } }),
  };
}

export function blockActions(facts: Facts, place: Place, action: JsonObject, values: JsonObject): JsonObject {
  const at = placeFields(place);
  const state = { values };
  return {
    ...base(facts, 'block_actions'),
    ...at,
    trigger_id: facts.triggerId,
    ...(place.kind === 'view'
      ? { view: { ...viewOnWire(place.view), state } }
      : { state, response_url: facts.responseUrl }),
    actions: [{ ...action, action_ts: facts.workspace.nextTs() }],
  };
}

export function blockSuggestion(
  facts: Facts,
  place: Place,
  asked: { actionId: string; blockId: string; typed: string },
): JsonObject {
  return {
    ...base(facts, 'block_suggestion'),
    ...placeFields(place),
    action_id: asked.actionId,
    block_id: asked.blockId,
    value: asked.typed,
  };
}

export function viewSubmission(facts: Facts, view: View, values: JsonObject): JsonObject {
  return {
    ...base(facts, 'view_submission'),
    trigger_id: facts.triggerId,
    view: { ...viewOnWire(view), state: { values } },
    response_urls: [],
  };
}

export function viewClosed(facts: Facts, view: View, isCleared: boolean): JsonObject {
  return { ...base(facts, 'view_closed'), view: viewOnWire(view), is_cleared: isCleared };
}

export function slashCommand(facts: Facts, channel: Channel, command: string, text: string): JsonObject {
  const { workspace, user } = facts;
  return {
    token: facts.verificationToken,
    team_id: workspace.team.id,
    team_domain: workspace.team.domain,
    channel_id: channel.id,
    channel_name: channel.isPrivate ? 'privategroup' : channel.name,
    user_id: user.id,
    user_name: user.name,
    command,
    text,
    api_app_id: workspace.app.id,
    is_enterprise_install: 'false',
    response_url: facts.responseUrl,
    trigger_id: facts.triggerId,
  };
}
