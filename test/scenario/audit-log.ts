import { open } from 'node:fs/promises';
import type { AuditEvent } from '../../src/sandbox/kubernetes/audit.ts';

/** The API server writes each line before it answers, so what was answered can be read. */
export async function openAuditLog(path: string): Promise<{ since(): Promise<readonly AuditEvent[]> }> {
  const sizeOf = async () => {
    await using file = await open(path);
    return (await file.stat()).size;
  };
  const from = await sizeOf();
  return {
    async since() {
      await using file = await open(path);
      const { size } = await file.stat();
      if (size < from) throw new Error(`${path} was rotated in the middle of the story.`);
      const { buffer } = await file.read(Buffer.alloc(size - from), 0, size - from, from);
      const lines = buffer.toString('utf8').split('\n');
      // The last one is empty or still being written, and belongs to somebody who has no answer yet.
      return lines.slice(0, -1).map((line) => JSON.parse(line) as AuditEvent);
    },
  };
}
