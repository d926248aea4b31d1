import { z } from 'zod';
import type { JsonObject, StoredFile, Workspace } from '../workspace.ts';
import { addMessage, ownMessage } from './chat.ts';
import { type Call, type Method, ownChannel, seconds } from './method.ts';
import { readBlocks } from './message.ts';
import { refusal, SlackRefusal } from './refusal.ts';

/** Three steps: ask for a URL, send the bytes there, complete (which also shares the file in a channel). */

const fileBytesMax = 1024 ** 3;
const filesSchema = z
  .array(z.strictObject({ id: z.string(), title: z.string().optional(), highlight_type: z.string().optional() }))
  .min(1);

function fileOnWire(workspace: Workspace, file: StoredFile): JsonObject {
  return {
    id: file.id,
    created: seconds(workspace.now()),
    name: file.name,
    title: file.title,
    mimetype: 'text/plain',
    filetype: 'text',
    user: workspace.app.botUserId,
    size: file.length,
    mode: 'snippet',
    permalink: `https://${workspace.team.domain}.slack.com/files/${workspace.app.botUserId}/${file.id}`,
  };
}

function getUploadUrl({ workspace, args, origin }: Call): JsonObject {
  const name = args.required('filename');
  const length = args.count('length') ?? 0;
  if (length < 1) throw refusal('invalid_arguments', ['must be more than 0 [json-pointer:/length]']);
  if (length > fileBytesMax) throw new SlackRefusal('file_upload_size_restricted');
  const id = workspace.nextId('F');
  workspace.files.set(id, { id, name, title: name, length, bytes: undefined, completed: false });
  return { file_id: id, upload_url: `${origin}/upload/${id}` };
}

/** Takes the bytes sent to an upload URL. Returns whether the URL is one of ours and the length fits. */
export function receiveUpload(workspace: Workspace, fileId: string, bytes: Buffer): boolean {
  const file = workspace.files.get(fileId);
  if (!file || file.completed || bytes.length !== file.length) return false;
  file.bytes = bytes;
  return true;
}

function complete(call: Call): JsonObject {
  const { workspace, args } = call;
  const asked = filesSchema.safeParse(args.json('files'));
  if (!asked.success) throw refusal('invalid_arguments', ['missing required field: files']);
  const files = asked.data.map(({ id, title }) => {
    const file = workspace.files.get(id);
    if (!file?.bytes || file.completed) throw new SlackRefusal('file_not_found');
    return { file, title };
  });
  const channel = args.text('channel_id') === undefined ? undefined : ownChannel(call, 'channel_id');
  const given = args.json('blocks');
  const blocks = given === undefined ? undefined : readBlocks(workspace, given);
  for (const { file, title } of files) {
    file.title = title ?? file.title;
    file.completed = true;
  }
  const shown = files.map(({ file }) => fileOnWire(workspace, file));
  if (channel) {
    const content = {
      text: args.text('initial_comment'),
      blocks,
      metadata: undefined,
      parsing: { parse: 'default', linkNames: false, unfurlLinks: false, unfurlMedia: true },
    } as const;
    const message = ownMessage(workspace, content, args.text('thread_ts'));
    addMessage(channel, Object.assign(message, { files: shown, upload: true }));
  }
  return { files: shown };
}

export const files: Record<string, Method> = {
  'files.getUploadURLExternal': {
    scopes: ['files:write'],
    perMinute: 100,
    arguments: { filename: 'text', length: 'count', alt_text: 'text', alt_txt: 'text', snippet_type: 'text' },
    run: getUploadUrl,
  },
  'files.completeUploadExternal': {
    scopes: ['files:write'],
    perMinute: 100,
    arguments: { files: 'json', channel_id: 'text', thread_ts: 'text', initial_comment: 'text', blocks: 'json' },
    run: complete,
  },
};
