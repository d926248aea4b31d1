import { OperationError } from '../domain/errors.ts';

/** A gesture is answered within Slack's 3 s, and asks about its person in the chat too. */
const patienceMs = 1_500;

/** What PagerDuty answers, when it does so in time; else throws `pager-unavailable` and what it answers later is lost here. */
export async function withinPatience<T>(answer: Promise<T>, text: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new OperationError('pager-unavailable', text, { retryable: true }));
    }, patienceMs);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}
