/** What containers have written: the running instance and the one before it, as the kubelet keeps them. */
export type LogLine = { readonly at: number; readonly text: string };
type ContainerLog = { current: LogLine[]; previous?: LogLine[] };

/** Lines kept for one container; older ones are rotated away. */
const linesMax = 10_000;

export function createPodLogs() {
  const logs = new Map<string, ContainerLog>();
  const followers = new Set<() => void>();
  const keyOf = (uid: string, container: string) => `${uid}/${container}`;
  const of = (uid: string, container: string): ContainerLog => {
    const key = keyOf(uid, container);
    const found = logs.get(key) ?? { current: [] };
    logs.set(key, found);
    return found;
  };
  const tell = (): void => {
    for (const follower of followers) follower();
  };

  return {
    append(uid: string, container: string, at: number, lines: readonly string[]): void {
      const log = of(uid, container);
      for (const text of lines) log.current.push({ at, text });
      log.current.splice(0, Math.max(0, log.current.length - linesMax));
      tell();
    },
    replace(uid: string, container: string, which: 'current' | 'previous', lines: readonly LogLine[]): void {
      of(uid, container)[which] = [...lines];
      tell();
    },
    /** A restart: the current log becomes the previous one. */
    rotate(uid: string, container: string): void {
      const log = of(uid, container);
      log.previous = log.current;
      log.current = [];
    },
    read(uid: string, container: string, previous: boolean): readonly LogLine[] | undefined {
      const log = logs.get(keyOf(uid, container));
      return previous ? log?.previous : log?.current;
    },
    forget(uid: string): void {
      for (const key of logs.keys()) if (key.startsWith(`${uid}/`)) logs.delete(key);
      tell();
    },
    /** Called after every change. Returns a way to stop. */
    onChange(follower: () => void): () => void {
      followers.add(follower);
      return () => followers.delete(follower);
    },
  };
}

export type PodLogs = ReturnType<typeof createPodLogs>;
