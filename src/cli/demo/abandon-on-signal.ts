/** Ctrl-C where something outlives this process: a kept ledger is closed first. */
import type { Setting } from './setting.ts';
import type { Demo } from './start.ts';

const closeMsMax = 3_000;

/**
 * Ends the process by the signal itself once the ledger is closed, or cannot be closed in 3 s; a second signal does not
 * wait. Where nothing is kept no handler is needed, and none should be there: it would wait for whatever loads.
 *
 * @param say hears that the ledger was not closed in order
 */
export function abandonOnSignal(demo: Pick<Demo<Setting>, 'abandon'>, say: (text: string) => void): void {
  const abandon = (signal: NodeJS.Signals): void => {
    for (const each of signals) process.off(each, abandon);
    const end = (): boolean => process.kill(process.pid, signal);
    const fail = (): void => {
      say('The ledger could not be closed in order.');
      end();
    };
    setTimeout(fail, closeMsMax);
    demo.abandon().then(end, fail);
  };
  for (const each of signals) process.on(each, abandon);
}

const signals = ['SIGINT', 'SIGTERM'] as const;
