import { createServer, type IncomingHttpHeaders } from 'node:http';

/** A listener that keeps what Slack sent and answers as the test says: status and body per request, 200 after. */
export interface RecordingApp {
  url: string;
  heard: { headers: IncomingHttpHeaders; body: string }[];
  /** Answers for the next requests, first one first; `never` leaves one unanswered. */
  answers: (object | number | string)[];
  stop(): Promise<void>;
}

export async function startRecordingApp(): Promise<RecordingApp> {
  const heard: RecordingApp['heard'] = [];
  const answers: RecordingApp['answers'] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      heard.push({ headers: request.headers, body: Buffer.concat(chunks).toString() });
      const answer = answers.shift() ?? 200;
      if (answer === 'never') return;
      response.statusCode = typeof answer === 'number' ? answer : 200;
      response.end(
        typeof answer === 'object' ? JSON.stringify(answer) : typeof answer === 'string' ? answer : undefined,
      );
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The recording app got no TCP port.');
  return {
    url: `http://127.0.0.1:${address.port}/slack/events`,
    heard,
    answers,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
