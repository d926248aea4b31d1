import { isObject } from './block-kit/check.ts';
import type { Answer } from './delivery.ts';
import { pushView, replaceView, stackOf } from './methods/views.ts';
import type { JsonObject, View, Workspace } from './workspace.ts';

/**
 * What a person sees after they pressed a modal's submit button: the form with errors, another view, or
 * nothing. Throws `SlackRefusal` when the app answers with a view that Slack would refuse.
 */
export interface Submitted extends Answer {
  /** Errors under the inputs, by block id. */
  errors: Record<string, string>;
  /** Slack could not use the answer and says "We had some trouble connecting"; the modal stays. */
  trouble: string | undefined;
}

/** Applies the app's answer to a `view_submission`. */
export function applySubmission(workspace: Workspace, userId: string, view: View, answer: Answer): Submitted {
  const said = readAnswer(answer);
  const result: Submitted = { ...answer, errors: {}, trouble: undefined };
  if (typeof said === 'string') return { ...result, trouble: said };
  switch (said.response_action) {
    case undefined:
      return closeOne(workspace, userId, view, result);
    case 'clear':
      workspace.modals.delete(userId);
      break;
    case 'update':
      replaceView(workspace, userId, view, said.view);
      break;
    case 'push':
      pushView(workspace, userId, said.view);
      break;
    case 'errors':
      return showErrors(view, said.errors, result);
    default:
      return { ...result, trouble: `unknown response_action ${JSON.stringify(said.response_action)}` };
  }
  workspace.changed();
  return result;
}

function readAnswer(answer: Answer): JsonObject | string {
  if (answer.status !== 200) return answer.failure ?? `the app answered ${answer.status}`;
  if (answer.body === '') return {};
  try {
    const said: unknown = JSON.parse(answer.body);
    return isObject(said) ? said : 'the answer is not a JSON object';
  } catch {
    return 'the answer is not JSON';
  }
}

function closeOne(workspace: Workspace, userId: string, view: View, result: Submitted): Submitted {
  const left = stackOf(workspace, userId).filter((one) => one.id !== view.id);
  if (left.length > 0) workspace.modals.set(userId, left);
  else workspace.modals.delete(userId);
  workspace.changed();
  return result;
}

function showErrors(view: View, errors: unknown, result: Submitted): Submitted {
  const shown = Object.entries(isObject(errors) ? errors : {}).map(([id, text]): [string, string] => [
    id,
    String(text),
  ]);
  const inputs = new Set(view.blocks.filter((block) => block.type === 'input').map((block) => block.block_id));
  const stray = shown.filter(([id]) => !inputs.has(id));
  if (shown.length === 0 || stray.length > 0) {
    return { ...result, trouble: `errors must name input blocks of the view, not ${JSON.stringify(stray)}` };
  }
  return { ...result, errors: Object.fromEntries(shown) };
}
