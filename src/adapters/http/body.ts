/** Reading a request's body within a limit of its own and a budget shared by all. */
import type { IncomingMessage } from 'node:http';

export type ByteBudget = {
  /** False when it does not fit; then nothing was taken. */
  take(bytes: number): boolean;
  give(bytes: number): void;
};

export function createByteBudget(maxBytes: number): ByteBudget {
  let taken = 0;
  return {
    take(bytes) {
      if (taken + bytes > maxBytes) return false;
      taken += bytes;
      return true;
    },
    give(bytes) {
      taken -= bytes;
    },
  };
}

/** `release` gives the bytes back; call it once when the body is no longer needed. */
export type ReadBody = { readonly release: () => void } & (
  | { readonly kind: 'read'; readonly bytes: Buffer }
  | { readonly kind: 'too-large' | 'no-room' | 'aborted' }
);

/**
 * The whole body, or why there is none. A declared length is checked and reserved before the first byte; without one,
 * bytes are reserved as they come. What is not read is thrown away by node once the answer is written, within the
 * server's request time-out, so that the sender gets to read the answer.
 */
export async function readBody(request: IncomingMessage, limitBytes: number, budget: ByteBudget): Promise<ReadBody> {
  const declared = Number(request.headers['content-length'] ?? 0);
  if (declared > limitBytes) return { kind: 'too-large', release() {} };
  if (!budget.take(declared)) return { kind: 'no-room', release() {} };
  let reserved = declared;
  const release = () => {
    budget.give(reserved);
    reserved = 0;
  };

  return await new Promise<ReadBody>((resolve) => {
    const chunks: Buffer[] = [];
    let length = 0;
    const finish = (outcome: ReadBody) => {
      request.off('data', onData).off('end', onEnd).off('close', onClose).off('error', onClose);
      // Keep a listener: an 'error' after this would otherwise end the process.
      request.on('error', () => {});
      if (outcome.kind !== 'read') chunks.length = 0;
      resolve(outcome);
    };
    const onData = (chunk: Buffer) => {
      length += chunk.length;
      if (length > limitBytes) return finish({ kind: 'too-large', release });
      if (length > reserved) {
        if (!budget.take(length - reserved)) return finish({ kind: 'no-room', release });
        reserved = length;
      }
      chunks.push(chunk);
    };
    const onEnd = () => finish({ kind: 'read', bytes: Buffer.concat(chunks, length), release });
    const onClose = () => finish({ kind: 'aborted', release });
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}
