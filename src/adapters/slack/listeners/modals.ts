/**
 * Forms. A trigger lives for 3 s and is used once: when the form's live names take long, a waiting view takes the
 * trigger and is replaced, by its id and hash, when they are there.
 */
import type { App } from '@slack/bolt';
import type { ModalView } from '@slack/web-api';
import { z } from 'zod';
import type { StepPlace } from '../../../domain/view.ts';
import type { Interactions } from '../../../flow/interactions.ts';
import { OperationError, describeError } from '../../../domain/errors.ts';
import { Anything } from '../client.ts';
import { formActionId, formCallbackId } from '../render/action-ids.ts';
import { blockIds, detailsView, formView, loadingView, textView } from '../render/modals.ts';
import type { FormPlace } from '../render/modals.ts';
import { DeliveryKey, afterwards, couldNot } from './listening.ts';
import type { Clicked, Listening } from './listening.ts';

/** Leaves time for Slack to take the waiting view before the trigger dies. */
const patienceMs = 800;

const Opened = z.object({ view: z.object({ id: z.string(), hash: z.string() }) });

/** A step's button: done at once, refused, or a form. */
export async function useStep(
  listening: Listening,
  clicked: Clicked,
  options: { ack: () => Promise<void>; formLikely: boolean },
): Promise<void> {
  const { interactions, chat } = listening;
  const { gesture, where, value, triggerId } = clicked;
  const place = placeOf(value);
  const asked = interactions().useStep({ ...gesture, place });
  const show = await surface(listening, triggerId, asked, options);
  const answer = await asked.catch(async (error: unknown) => {
    await show.replace(textView('Not recorded', couldNot(error)));
    throw error;
  });
  await options.ack();
  switch (answer.kind) {
    case 'form':
      await show.open(formView(answer.form, where));
      return;
    case 'accepted':
      await show.replace(textView('Started', 'Nothing more was needed; the answer comes in the thread.'));
      await afterwards(listening, answer, where);
      return;
    case 'refused':
      if (!(await show.replace(textView('Not possible', answer.text)))) await chat.tell(where, answer.text);
      return;
    default:
      answer satisfies never;
  }
}

/** Details of a plan, read only. */
export const showDetails = (listening: Listening, clicked: Clicked, ack: () => Promise<void>): Promise<void> =>
  showLines(listening, clicked, {
    ack,
    asked: listening.interactions().planDetails({ user: clicked.gesture.user, planId: clicked.value }),
  });

/** All that was kept of a pod, read only. */
export const showCapture = (listening: Listening, clicked: Clicked, ack: () => Promise<void>): Promise<void> =>
  showLines(listening, clicked, {
    ack,
    asked: listening.interactions().captureDetails({ user: clicked.gesture.user, place: clicked.value }),
  });

async function showLines(
  listening: Listening,
  clicked: Clicked,
  { ack, asked }: { ack: () => Promise<void>; asked: ReturnType<Interactions['planDetails']> },
): Promise<void> {
  const show = await surface(listening, clicked.triggerId, asked, { formLikely: true });
  const answer = await asked;
  await ack();
  await show.open('lines' in answer ? detailsView(answer.title, answer.lines) : textView('Not known', answer.text));
}

/** The form sent. */
export function listenToModals(app: App, listening: Listening): void {
  app.view(formCallbackId, async ({ body, context, ack }) => {
    const { interactions, chat, log } = listening;
    const sent = Submission.parse(body);
    const { postingId, ordinal, channel, threadTs } = Place.parse(JSON.parse(sent.view.private_metadata));
    const user = sent.user.id;
    const where = { user, channel, ...(threadTs ? { threadTs } : {}) };
    const { values, blockOf, empty } = readValues(sent.view);
    if (Object.keys(empty).length > 0) {
      await ack({ response_action: 'errors', errors: empty });
      return;
    }
    let answer: Awaited<ReturnType<ReturnType<Listening['interactions']>['submitStep']>>;
    try {
      const { deliveryKey } = DeliveryKey.parse(context);
      answer = await interactions().submitStep({ user, channel, deliveryKey, place: { postingId, ordinal }, values });
    } catch (error) {
      log.error({ err: error }, 'form could not be handled');
      await ack({ response_action: 'push', view: textView('Not recorded', couldNot(error)) });
      return;
    }
    switch (answer.kind) {
      case 'accepted':
        await ack();
        await afterwards(listening, answer, where);
        return;
      case 'refused':
        await ack({ response_action: 'update', view: textView('Not possible', answer.text) });
        return;
      case 'errors': {
        const errors: Record<string, string> = {};
        for (const [name, text] of Object.entries(answer.errors)) {
          const block = blockOf[name];
          if (block) errors[block] = text.slice(0, 1_000);
        }
        if (Object.keys(errors).length > 0) await ack({ response_action: 'errors', errors });
        else {
          const text = Object.values(answer.errors).join('\n');
          await ack({ response_action: 'update', view: textView('Not possible', text) });
          await chat.tell(where, text);
        }
        return;
      }
      default:
        answer satisfies never;
    }
  });
}

const Submission = z.object({
  user: z.object({ id: z.string() }),
  view: z.object({
    private_metadata: z.string(),
    blocks: z.array(
      z.object({
        block_id: z.string().optional(),
        element: z.object({ initial_value: z.string().optional() }).optional(),
      }),
    ),
    state: z.object({
      values: z.record(
        z.string(),
        z.record(
          z.string(),
          z.object({
            value: z.string().nullish(),
            selected_option: z.object({ value: z.string() }).nullish(),
          }),
        ),
      ),
    }),
  }),
});
const Place = z.object({
  postingId: z.string(),
  ordinal: z.number(),
  channel: z.string(),
  threadTs: z.string().exactOptional(),
}) satisfies z.ZodType<FormPlace>;

/**
 * What was typed wins over what was chosen, but a text box that still holds what it was filled with was not typed.
 * `empty`: fields with neither, by the block where it is said. */
function readValues({ blocks, state }: z.infer<typeof Submission>['view']): {
  values: Record<string, string>;
  blockOf: Record<string, string>;
  empty: Record<string, string>;
} {
  const values: Record<string, string> = {};
  const blockOf: Record<string, string> = {};
  const empty: Record<string, string> = {};
  const given = (block: string) => state.values[block]?.[formActionId];
  const [pick, type] = [blockIds.pick(''), blockIds.type('')];
  for (const { block_id: block = '', element } of blocks) {
    // The menu comes first where there is one; errors are shown there.
    if (block.startsWith(pick)) blockOf[block.slice(pick.length)] = block;
    if (!block.startsWith(type)) continue;
    const name = block.slice(type.length);
    const menu = blockOf[name];
    const shownAt = menu ?? block;
    blockOf[name] = shownAt;
    const typed = given(block)?.value?.trim();
    const picked = menu === undefined ? undefined : given(menu)?.selected_option?.value;
    const untouched = typed === element?.initial_value?.trim();
    const value = (untouched ? picked || typed : typed || picked) ?? '';
    if (value) values[name] = value;
    else empty[shownAt] = `Choose or type a value for ${name}.`.slice(0, 1_000);
  }
  return { values, blockOf, empty };
}

function placeOf(value: string): StepPlace {
  const [, postingId, ordinal] = /^(.+)\/(\d{1,4})$/.exec(value) ?? [];
  if (!postingId || !ordinal) {
    throw new OperationError('chat-rejected', 'The button is from a message that this version does not understand.', {
      retryable: false,
    });
  }
  return { postingId, ordinal: Number(ordinal) };
}

type Surface = {
  /** Puts the view in front of the person. */
  open(view: ModalView): Promise<void>;
  /** Only when a waiting view is open already; false when the person cannot read it there. Never throws. */
  replace(view: ModalView): Promise<boolean>;
};

/** Waits a moment for `asked`; when it takes longer and a form is likely, the waiting view takes the trigger. */
export async function surface(
  { call, log }: Listening,
  triggerId: string,
  asked: Promise<unknown>,
  { formLikely, asking }: { formLikely: boolean; asking?: string },
): Promise<Surface> {
  let opened: z.infer<typeof Opened> | undefined;
  if (formLikely && !(await settledWithin(asked, patienceMs))) {
    opened = await call('views.open', { trigger_id: triggerId, view: loadingView(asking) }, Opened).catch(
      (error: unknown) => {
        log.warn({ why: describeError(error) }, 'waiting view could not be opened');
        return undefined;
      },
    );
  }
  const update = async (view: ModalView, { id, hash }: { id: string; hash: string }) => {
    // The person may have closed it; then there is nothing to show it on.
    await call('views.update', { view_id: id, hash, view }, Anything, ['not_found', 'hash_conflict']);
  };
  return {
    async open(view) {
      if (opened) await update(view, opened.view);
      else await call('views.open', { trigger_id: triggerId, view }, Anything);
    },
    async replace(view) {
      if (!opened) return false;
      try {
        await update(view, opened.view);
        return true;
      } catch (error) {
        log.info({ why: describeError(error) }, 'waiting view could not be replaced');
        return false;
      }
    },
  };
}

async function settledWithin(asked: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms);
  });
  const settled = asked.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([settled, late]);
  } finally {
    clearTimeout(timer);
  }
}
