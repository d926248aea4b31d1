/** Everything that was kept of one pod. Reads only. */
import type { CapturedPod } from '../../domain/capture.ts';
import type { Interactions } from '../interactions.ts';
import type { Ledger } from '../ledger.ts';
import { refused } from './door.ts';

export const createCaptureGestures = ({ ledger }: { ledger: Ledger }): Pick<Interactions, 'captureDetails'> => ({
  async captureDetails({ place }) {
    const [, runId = '', part, index] = /^([a-z]+-[a-z0-9]{20})\/(\d{1,4})\/(\d{1,2})$/.exec(place) ?? [];
    const captures = await ledger.transaction((tx) => tx.capturesOf(runId));
    const capture = captures.find((one) => one.part === Number(part));
    const pod = capture?.pods[Number(index)];
    if (!capture || !pod) return refused('What was kept of this pod is not known any more.');
    return { title: 'What was kept', lines: linesOf(pod, capture.capturedAt) };
  },
});

function linesOf(pod: CapturedPod, capturedAt: Date): readonly string[] {
  const logs = pod.logs.flatMap(({ container, previous, text, isCut }) => [
    '',
    `Log of ${container}${previous ? ' before its restart' : ''}${isCut ? ' (its end)' : ''}:`,
    ...(text.trim() === '' ? ['(empty)'] : text.trimEnd().split('\n')),
  ]);
  return [
    `Pod ${pod.namespace}/${pod.name}`,
    `Kept at ${capturedAt.toISOString()}`,
    pod.state,
    ...pod.missing.map((one) => `Not kept: ${one}`),
    ...(pod.events.length > 0 ? ['', 'Events:', ...pod.events] : []),
    ...logs,
  ];
}
