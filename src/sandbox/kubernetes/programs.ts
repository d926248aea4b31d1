/** What programs in containers do: a few that every image has, and those that a story or a test puts there. */
import type { Pod } from './objects.ts';

export type Ended = { readonly out?: string; readonly err?: string; readonly exitCode?: number };
export type Program = {
  readonly namespace: string;
  /** The pods that have it: all whose labels hold these. */
  readonly labels: { readonly [key: string]: string };
  /** Every container unless told. */
  readonly container?: string;
  /** The first words of the command. */
  readonly argv: readonly string[];
  readonly run: (argv: readonly string[], pod: Pod) => Ended;
};
type Ran = { readonly pod: string; readonly container: string; readonly argv: readonly string[] };

/** As the images of the test cluster have them (busybox); a GPU's own program is there where a GPU is asked for. */
const everywhere: Readonly<Record<string, (words: readonly string[], pod: Pod) => Ended | undefined>> = {
  hostname: (_, pod) => ({ out: `${pod.metadata.name}\n` }),
  id: () => ({ out: 'uid=0(root) gid=0 groups=0\n' }),
  echo: (words) => ({ out: `${words.join(' ')}\n` }),
  true: () => ({}),
  false: () => ({ exitCode: 1 }),
  ls: (words) => ({
    err: words.map((path) => `ls: ${path}: No such file or directory\n`).join(''),
    exitCode: words.length > 0 ? 1 : 0,
  }),
  df: () => ({
    out: 'Filesystem                Size      Used Available Use% Mounted on\noverlay                  98.3G     61.2G     32.0G  66% /\n',
  }),
  du: (words) => ({
    out: words
      .filter((word) => !word.startsWith('-'))
      .map((path) => `4.0K\t${path}\n`)
      .join(''),
  }),
  free: () => ({
    out: '              total        used        free      shared  buff/cache   available\nMem:          31998       12011        8102         212       11885       19421\nSwap:             0           0           0\n',
  }),
  uptime: () => ({ out: ' 09:00:00 up 12 days,  3:41,  0 users,  load average: 0.42, 0.37, 0.31\n' }),
  'nvidia-smi': (_, pod) =>
    asksFor(pod, 'nvidia.com/gpu') ? { out: 'GPU 0: 61 C, 14336MiB / 16384MiB, 97 %\n' } : undefined,
  'hl-smi': (_, pod) =>
    asksFor(pod, 'habana.ai/gaudi') ? { out: 'HPU 0: 58 C, 88064MiB / 98304MiB, 91 %\n' } : undefined,
};

const asksFor = (pod: Pod, resource: string): boolean =>
  pod.spec.containers.some(({ resources }) => resources?.limits?.[resource] !== undefined);

export function createPrograms() {
  const programs: Program[] = [];
  const ran: Ran[] = [];
  return {
    /** The newest that fits is taken. */
    add(program: Program): void {
      programs.unshift(program);
    },
    /** Every command that ran, in order. */
    ran: ran as readonly Ran[],
    /** Undefined: there is no such program. */
    run(pod: Pod, container: string, argv: readonly string[]): Ended | undefined {
      const [name = '', ...words] = argv;
      const found = programs.find(
        (program) =>
          program.namespace === pod.metadata.namespace &&
          (program.container === undefined || program.container === container) &&
          Object.entries(program.labels).every(([key, value]) => pod.metadata.labels?.[key] === value) &&
          program.argv.every((word, at) => argv[at] === word),
      );
      const common = Object.hasOwn(everywhere, name) ? everywhere[name] : undefined;
      const ended = found ? found.run(argv, pod) : common?.(words, pod);
      if (ended) ran.push({ pod: pod.metadata.name, container, argv });
      return ended;
    },
  };
}

export type Programs = ReturnType<typeof createPrograms>;
