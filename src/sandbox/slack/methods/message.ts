import { z } from 'zod';
import { checkMessageBlocks } from '../block-kit/check.ts';
import type { Block, Message, Workspace } from '../workspace.ts';
import type { Arguments } from './arguments.ts';
import { refusal, SlackRefusal } from './refusal.ts';

/** What post, update and ephemeral messages have in common: text, blocks, metadata and how text is read. */

const metadataSchema = z.strictObject({
  event_type: z.string().min(1).max(255),
  event_payload: z.record(z.string(), z.unknown()),
});
/** Slack refuses metadata over 16 KB with `metadata_too_large`. */
const metadataBytesMax = 16 * 1024;

/** The arguments that a message is made of. */
export const contentArguments = {
  text: 'text',
  blocks: 'json',
  attachments: 'json',
  markdown_text: 'text',
  metadata: 'json',
  mrkdwn: 'flag',
  parse: 'text',
  link_names: 'flag',
  unfurl_links: 'flag',
  unfurl_media: 'flag',
} as const;

export interface Content {
  text: string | undefined;
  /** Left out when not sent: an update then keeps what there was. */
  blocks: Block[] | undefined;
  metadata: Message['metadata'] | 'none' | undefined;
  parsing: Message['parsing'];
}

/**
 * Reads and checks a message's content.
 *
 * @param textMax characters allowed in `text` (40,000 for a post, 4,000 for an update)
 */
export function readContent(workspace: Workspace, args: Arguments, textMax: number): Content {
  if (args.json('attachments') !== undefined) {
    throw refusal('invalid_arguments', ['attachments are legacy and not served by this stand-in']);
  }
  const markdown = args.text('markdown_text');
  const text = args.text('text');
  const blocks = args.json('blocks');
  if (markdown !== undefined && (text !== undefined || blocks !== undefined)) {
    throw new SlackRefusal('markdown_text_conflict');
  }
  if ((text ?? '').length > textMax || (markdown ?? '').length > 12_000) throw new SlackRefusal('msg_too_long');
  return {
    text: markdown ?? text,
    blocks: blocks === undefined ? undefined : readBlocks(workspace, blocks),
    metadata: readMetadata(args.json('metadata')),
    parsing: readParsing(args),
  };
}

export function readBlocks(workspace: Workspace, given: unknown): Block[] {
  const checked = checkMessageBlocks(given, () => workspace.nextId('b'));
  if (!checked.ok) throw refusal(checked.code, checked.faults);
  return checked.value;
}

/** A message needs text or at least one block. */
export function hasContent({ text, blocks }: Pick<Content, 'text' | 'blocks'>): boolean {
  return (text ?? '') !== '' || (blocks?.length ?? 0) > 0;
}

function readMetadata(given: unknown): Content['metadata'] {
  if (given === undefined) return undefined;
  if (typeof given === 'object' && given !== null && Object.keys(given).length === 0) return 'none';
  const parsed = metadataSchema.safeParse(given);
  if (!parsed.success) throw new SlackRefusal('invalid_metadata_format');
  if (Buffer.byteLength(JSON.stringify(parsed.data)) > metadataBytesMax) throw new SlackRefusal('metadata_too_large');
  return parsed.data;
}

function readParsing(args: Arguments): Message['parsing'] {
  const parse = args.text('parse');
  if (parse !== undefined && parse !== 'none' && parse !== 'full' && parse !== 'client') {
    throw refusal('invalid_arguments', ['no match for the value [json-pointer:/parse]']);
  }
  return {
    parse: parse === 'none' || parse === 'full' ? parse : 'default',
    linkNames: args.flag('link_names', false),
    unfurlLinks: args.flag('unfurl_links', false),
    unfurlMedia: args.flag('unfurl_media', true),
  };
}
