import { z } from 'zod';

/**
 * The small parts that blocks and elements are made of. Limits are those of Slack's "Block Kit reference"; an
 * unknown field is refused, as Slack does ("invalid additional property").
 */

/** A `plain_text` object of 1 to `max` characters. */
export function plainText(max: number) {
  return z.strictObject({
    type: z.literal('plain_text'),
    text: z.string().min(1).max(max),
    emoji: z.boolean().optional(),
  });
}

/** A `plain_text` or `mrkdwn` object of 1 to `max` characters. */
export function anyText(max: number) {
  return z.discriminatedUnion('type', [
    plainText(max),
    z.strictObject({
      type: z.literal('mrkdwn'),
      text: z.string().min(1).max(max),
      verbatim: z.boolean().optional(),
    }),
  ]);
}

export const actionId = z.string().max(255).optional();
export const blockId = z.string().max(255).optional();
export const focusOnLoad = z.boolean().optional();
export const placeholder = plainText(150).optional();

/** The dialog that asks "are you sure?". */
export const confirm = z
  .strictObject({
    title: plainText(100),
    text: anyText(300),
    confirm: plainText(30),
    deny: plainText(30),
    style: z.enum(['primary', 'danger']).optional(),
  })
  .optional();

/** An option of a select (plain text only). */
export const plainOption = z.strictObject({
  text: plainText(75),
  value: z.string().min(1).max(150),
  description: plainText(75).optional(),
  url: z.string().max(3000).optional(),
});

/** An option of radio buttons or checkboxes, which may hold mrkdwn. */
export const richOption = z.strictObject({
  text: anyText(75),
  value: z.string().min(1).max(150),
  description: anyText(75).optional(),
});

export const optionGroup = z.strictObject({
  label: plainText(75),
  options: z.array(plainOption).min(1).max(100),
});

export const image = z.strictObject({
  type: z.literal('image'),
  image_url: z.string().min(1).max(3000),
  alt_text: z.string().min(1).max(2000),
});
