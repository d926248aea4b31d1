/** Several recorders at work on one list, since most of a run is spent in waiting for kubectl to start. */
import { openRecorder, type Recorder } from './record.ts';

const recordersMax = 4;
const opened: Promise<Recorder>[] = [];

/** The results stand in the order of the items. The recorders stay open for the next list. */
export async function withRecorders<T, R>(
  items: readonly T[],
  run: (recorder: Recorder, item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const waiting = [...items.entries()];
  const work = async (recorder: Recorder): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [at, item] = next;
      results[at] = await run(recorder, item);
    }
  };
  while (opened.length < recordersMax) opened.push(openRecorder());
  await Promise.all(opened.map(async (recorder) => work(await recorder)));
  return results;
}

/** For the end of every suite that uses them. */
export async function closeRecorders(): Promise<void> {
  for (const recorder of opened.splice(0)) await (await recorder).close();
}
