/** Does something again and again, `everyMs` after it last ended. `act` handles its own errors. Stopping waits for the one under way. */
export function repeat(act: () => Promise<void>, everyMs: number): () => Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const run = async (): Promise<void> => {
    await act();
    if (!stopped) timer = setTimeout(next, everyMs);
  };
  let current = run();
  function next(): void {
    current = run();
  }
  return async () => {
    stopped = true;
    clearTimeout(timer);
    await current;
  };
}
