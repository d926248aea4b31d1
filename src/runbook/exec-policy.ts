/**
 * Which commands in a container only look (`policy.exec`). A pattern is a list of words: a word means itself, `*` inside
 * a word any text without a blank, a last word `...` any further words. The programs that are known here have rules of
 * their own besides, which no pattern lifts: they keep out what writes, what shows secrets, and what is endless.
 */
import type { Template } from '../domain/object-reference.ts';

export type ExecPatterns = readonly (readonly string[])[];

/**
 * Compiling asks this for words that may be open: they can only stand among further words (`...`). Whoever runs the
 * command asks again with all of them filled in.
 */
export function isExecRead(argv: readonly Template[], patterns: ExecPatterns): boolean {
  const [program, ...words] = argv;
  if (typeof program !== 'string' || argv.some(isDangerous)) return false;
  if (isLocalGet(program, words)) return true;
  if (!patterns.some((pattern) => fits(pattern, argv))) return false;
  const name = program.split('/').at(-1) ?? '';
  return !Object.hasOwn(rules, name) || (rules[name]?.(words) ?? false);
}

function fits(pattern: readonly string[], argv: readonly Template[]): boolean {
  const open = pattern.length > 1 && pattern.at(-1) === '...';
  const fixed = open ? pattern.slice(0, -1) : pattern;
  if (fixed.length === 0 || (open ? argv.length < fixed.length : argv.length !== fixed.length)) return false;
  return fixed.every((word, index) => {
    const given = argv[index];
    return typeof given === 'string' && matchesWord(word, given);
  });
}

/** A star at the beginning of a word does not stand for a flag. In time linear in the word for each star. */
function matchesWord(pattern: string, word: string): boolean {
  const [head = '', ...others] = pattern.split('*');
  if (others.length === 0) return word === pattern;
  const tail = others.pop() ?? '';
  if (/\s/.test(word) || (head === '' && word.startsWith('-'))) return false;
  if (!word.startsWith(head) || !word.endsWith(tail) || word.length < head.length + tail.length) return false;
  let at = head.length;
  const end = word.length - tail.length;
  for (const part of others) {
    const found = word.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

/** The mounts of service account tokens and of Docker's secrets, however many slashes and dots the path has. */
export function namesSecretMount(text: string): boolean {
  const plain = text.replaceAll(/\/(?:\.?\/)+/g, '/');
  return /(?:^|\W)run\/secrets(?:\W|$)|serviceaccount\/+(?:token|\.\.data)/.test(plain);
}

const isDangerous = (word: Template): boolean => {
  const texts = typeof word === 'string' ? [word] : word.template.filter((part) => typeof part === 'string');
  return texts.some((text) => namesSecretMount(text) || /(?:^|[/=])\.\.(?:\/|$)/.test(text) || text.includes('\0'));
};

type Rule = (words: readonly Template[]) => boolean;

const literal =
  (rule: (words: readonly string[]) => boolean): Rule =>
  (words) => {
    const texts = words.filter((word) => typeof word === 'string');
    return texts.length === words.length && rule(texts);
  };
const none =
  (flags: RegExp): Rule =>
  (words) =>
    !words.some((word) => flags.test(headOf(word)));
/** The literal beginning of a word. */
function headOf(word: Template): string {
  const first = typeof word === 'string' ? word : word.template[0];
  return typeof first === 'string' ? first : '';
}

const rules: Readonly<Record<string, Rule>> = {
  'nvidia-smi': literal(isGpuQuery),
  'hl-smi': literal((words) =>
    words.every((word) =>
      /^(?:-[qLhv]|--(?:query|list-aips|help|version|query-aip=\S+|format=\S+)|csv\S*)$/.test(word),
    ),
  ),
  // The names of another file's lines would show what is in it.
  du: none(/^--files0/),
  df: () => true,
  ls: () => true,
  free: none(/^(?:-[a-z]*s|--sec)/),
  ps: literal(isProcessList),
  uptime: literal((words) => words.every((word) => /^(?:-[psV]|--pretty|--since|--version)$/.test(word))),
  cat: (words) => words.every((word) => !/(?:^|\/)proc(?:\/|$)/.test(headOf(word)) || isPlainProc(word)),
};

const gpuValue = /^[\w.,:%-]+$/;

function isGpuQuery(words: readonly string[]): boolean {
  const [first, second, ...more] = words;
  if (first === 'topo') return second === '-m' && more.length === 0;
  if (first === 'nvlink') return (second === '-s' || second === '--status') && more.length === 0;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (/^-[id]$/.test(word)) {
      if (!gpuValue.test(words[++at] ?? '') || (words[at] ?? '').startsWith('-')) return false;
    } else if (
      !/^(?:-[Lqxuh]|--(?:list-gpus|query|xml-format|unit|help|version))$/.test(word) &&
      !/^--(?:id|display|query-[a-z]+(?:-[a-z]+)*|format)=[\w.,:%-]+$/.test(word)
    ) {
      return false;
    }
  }
  return true;
}

/** Without the ways to show the environment of processes: `ps e`, `ps -o environ`. */
function isProcessList(words: readonly string[]): boolean {
  let takesValue = false;
  return words.every((word) => {
    if (/env/i.test(word)) return false;
    const isValue = takesValue;
    takesValue = false;
    if (isValue && !word.startsWith('-')) return /^[\w%,:=.+-]+$/.test(word);
    if (word.startsWith('--')) return /^--[a-z-]+(?:=[\w%,:=.+-]+)?$/.test(word);
    // `-aux` may be read as `aux`, and then `-auxe` as `auxe`.
    if (/^-[A-Za-z]+$/.test(word)) {
      takesValue = /[oOpCuUgGtsqk]$/.test(word);
      return !(word.includes('x') && word.includes('e'));
    }
    takesValue = /[oOkpU]$/.test(word);
    return /^(?:[a-df-zA-Z]+|\d+)$/.test(word);
  });
}

/** No memory, no environment, no way into another file system, no file that some process has open. */
const procFiles =
  /^\/proc\/(?:(?:self\/|\d+\/)(?:task\/\d+\/)?(?:status|stat|statm|limits|comm|cmdline|io|maps|smaps|smaps_rollup|mounts|mountinfo|cgroup|sched|schedstat|wchan|oom_score|oom_score_adj|numa_maps|net\/\w+)|(?:net\/|pressure\/)?(?:meminfo|cpuinfo|loadavg|uptime|version|stat|vmstat|mounts|filesystems|partitions|diskstats|swaps|devices|interrupts|softirqs|buddyinfo|zoneinfo|slabinfo|modules|cpu|memory|io|dev|tcp6?|udp6?|raw6?|unix|route|arp|snmp6?|netstat|sockstat6?|softnet_stat|protocols|if_inet6)|sys\/(?:fs|kernel|net|vm)\/(?:(?!stable_secret|random)[\w-]+\/)*(?!stable_secret)[\w.-]+|driver\/nvidia\/(?:version|params|gpus\/[\w:.]+\/information))$/;

const isPlainProc = (word: Template): boolean => typeof word === 'string' && procFiles.test(word);

const ownAddress = /^(?:https?:\/\/)?(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?(?:[/?][^\s{}[\]\\]*)?$/i;

/** `curl` of the pod's own address that can only be GET or HEAD and writes no file. */
function isLocalGet(program: string, argv: readonly Template[]): boolean {
  const words = argv.filter((word) => typeof word === 'string');
  if (program !== 'curl' || words.length !== argv.length) return false;
  const urls: string[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (/^-[sSfiIv]+$/.test(word)) continue;
    if (/^--(?:silent|show-error|fail|fail-with-body|include|head|verbose|compressed|no-progress-meter)$/.test(word))
      continue;
    const valued =
      /^(-[sSfiIv]*[mHowXA]|--(?:max-time|connect-timeout|header|output|write-out|request|user-agent))$/.test(word);
    if (valued) {
      if (!isCurlValue(word, words[++at])) return false;
    } else if (word.startsWith('-')) return false;
    else urls.push(word);
  }
  return urls.length === 1 && ownAddress.test(urls[0] ?? '');
}

function isCurlValue(flag: string, value: string | undefined): boolean {
  if (value === undefined) return false;
  switch (flag.startsWith('--') ? flag : flag.slice(-1)) {
    case 'm':
    case '--max-time':
    case '--connect-timeout':
      return /^\d+(?:\.\d+)?$/.test(value);
    case 'o':
    case '--output':
      return value === '/dev/null';
    case 'X':
    case '--request':
      return value === 'GET' || value === 'HEAD';
    // `@file` is read from there, `%output{file}` is written to.
    case 'w':
    case '--write-out':
      return !value.startsWith('@') && !value.includes('%output');
    default:
      return !value.startsWith('@');
  }
}
