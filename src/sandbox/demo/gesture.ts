/** What the page may send, checked. The types are those of protocol.ts. */
import { z } from 'zod';
import type { Gesture } from './protocol.ts';

const id = z.string().min(1).max(255);
/** Slack's client takes messages of up to 12,000 characters. */
const typedText = z.string().max(12_000);

const place = z.union([z.strictObject({ channel: id, ts: id }), z.strictObject({ view: id })]);
const element = { as: id, place, action: id, block: id };

const gestureSchema: z.ZodType<Gesture> = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('click'), ...element, value: z.string().max(2_000).exactOptional() }),
  z.strictObject({ do: z.literal('select'), ...element, value: z.unknown() }),
  z.strictObject({ do: z.literal('options'), ...element, typed: typedText }),
  z.strictObject({ do: z.literal('submit'), as: id, view: id, values: z.record(z.string(), z.unknown()) }),
  z.strictObject({ do: z.literal('close'), as: id, view: id }),
  z
    .strictObject({ do: z.literal('say'), as: id, channel: id, text: typedText, thread: id.optional() })
    .transform(({ thread, ...said }) => (thread === undefined ? said : { ...said, thread })),
  z.strictObject({ do: z.literal('home'), as: id }),
  z.strictObject({ do: z.literal('invite'), as: id, channel: id, person: id }),
  z.strictObject({ do: z.literal('start-story'), as: id, story: id }),
  z.strictObject({ do: z.literal('reset-story'), as: id, story: id }),
  z.strictObject({ do: z.literal('arm-fault'), as: id, fault: id }),
  z.strictObject({ do: z.literal('disarm-fault'), as: id, fault: id }),
  z.strictObject({ do: z.literal('dismiss-alarm'), as: id, alarm: id }),
  z.strictObject({ do: z.literal('verify-journal'), as: id }),
]);

/** The gesture in a request's body, or what is wrong with it. */
export function readGesture(body: string): { gesture: Gesture } | { problem: string } {
  let given: unknown;
  try {
    given = JSON.parse(body);
  } catch {
    return { problem: 'A gesture is one JSON object.' };
  }
  const parsed = gestureSchema.safeParse(given);
  if (parsed.success) return { gesture: parsed.data };
  const [issue] = parsed.error.issues;
  const at = issue?.path.join('.') ?? '';
  return { problem: `This is no gesture: ${at === '' ? '' : `${at}: `}${issue?.message ?? 'unknown'}.` };
}
