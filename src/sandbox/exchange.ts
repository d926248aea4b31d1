import { request as httpRequest } from 'node:http';

interface Exchanged {
  /** 0 when no answer came: see `failure`. */
  status: number;
  body: string;
  failure: 'timeout' | 'connection' | undefined;
}

/** One POST on a connection of its own, so that a stopping app is not kept open. Never rejects. */
export function exchange(
  url: string,
  sent: { headers: Record<string, string>; body: string },
  { timeout, stopped }: { timeout: AbortSignal; stopped: AbortSignal },
): Promise<Exchanged> {
  return new Promise((resolve) => {
    const fail = () => resolve({ status: 0, body: '', failure: timeout.aborted ? 'timeout' : 'connection' });
    const headers = { ...sent.headers, 'content-length': String(Buffer.byteLength(sent.body)) };
    const signal = AbortSignal.any([timeout, stopped]);
    const request = httpRequest(url, { method: 'POST', agent: false, headers, signal }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', fail);
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString(), failure: undefined });
      });
    });
    request.on('error', fail);
    request.end(sent.body);
  });
}
