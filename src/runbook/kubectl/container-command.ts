/** What a command inside a container needs that a bot does not have: a terminal, an end, or leave to do it at all. */
import { namesSecretMount } from '../exec-policy.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';

/** `argv` may be rough: words as good as they could be read. Undefined: nothing speaks against it. */
export function manualInContainer(argv: readonly string[]): Refusal | undefined {
  if (argv.some(namesSecretMount)) {
    return refuse(
      'never-run',
      'This reaches into the mount of a Secret or a service account token, which this program never reads.',
    );
  }
  const { name, words, bounded } = unwrapped(argv);
  const isShell = shells.test(name);
  const code = isShell ? words.join(' ') : '';
  const finds =
    name === 'find' && words.some((word, at) => /^-(?:exec|ok)/.test(word) && isRemove(words[at + 1] ?? ''));
  if (isRemove(name) || finds || (name === 'xargs' && words.some(isRemove)) || removes.test(code)) {
    return refuse('never-run', '`rm` cannot be taken back, so this program never runs it; do it yourself.');
  }
  if (isShell && !hasScript(words)) {
    return refuse('needs-terminal', 'This opens a shell in the container; open it yourself.');
  }
  if (terminal.has(name) || (Object.hasOwn(prompts, name) && prompts[name]?.(words) === true)) {
    return refuse('needs-terminal', `${quoted(name)} waits for somebody at a terminal; run it yourself.`);
  }
  if (!bounded && Object.hasOwn(goesOn, name) && goesOn[name]?.(words) === true) {
    return refuse(
      'endless',
      `${quoted([name, ...words].join(' ').slice(0, 60))} goes on until somebody stops it; give it a count, or run it yourself.`,
    );
  }
  return undefined;
}

/** What people should know of a program that only looks as if it worked inside of the one that serves. */
export function newProcessNote(argv: readonly string[]): string | undefined {
  const { name } = unwrapped(argv);
  return interpreters.test(name)
    ? 'it starts a new process: memory that it measures or frees is its own, not that of the running server'
    : undefined;
}

export const shells = /^(?:ba|z|da|a|k|c|tc|fi)?sh$/;
const interpreters = /^(?:python[\d.]*|pypy[\d.]*|ipython[\d.]*|node|ruby|perl|php|java|lua)$/;
const removes = /(?:^|[\s;&|(`'"])(?:\/(?:usr\/)?bin\/)?rm\s/;
const isRemove = (word: string): boolean => /^(?:.*\/)?rm$/.test(word);

type Inner = { readonly name: string; readonly words: readonly string[]; readonly bounded: boolean };

/** The program behind `env X=1`, `timeout 5`, `nice` and the like. */
export function unwrapped(argv: readonly string[]): Inner {
  let words = [...argv];
  let bounded = false;
  for (let depth = 0; depth < 5; depth++) {
    const name = (words[0] ?? '').split('/').at(-1) ?? '';
    const rest = words.slice(1);
    const skip = wrappers[name]?.(rest);
    if (skip === undefined || skip >= rest.length) return { name, words: rest, bounded };
    bounded ||= name === 'timeout';
    words = rest.slice(skip);
  }
  return { name: (words[0] ?? '').split('/').at(-1) ?? '', words: words.slice(1), bounded };
}

const behind = (words: readonly string[], skips: (word: string) => boolean): number => {
  const at = words.findIndex((word) => !skips(word));
  return at === -1 ? words.length : at;
};
const options = (word: string): boolean => word.startsWith('-');
/** How many of the words are the wrapper's own. */
const wrappers: Readonly<Record<string, (words: readonly string[]) => number>> = {
  env: (words) => behind(words, (word) => options(word) || /^\w+=/.test(word)),
  busybox: () => 0,
  nohup: () => 0,
  setsid: () => 0,
  time: (words) => behind(words, options),
  sudo: (words) => (words[0] === '-u' || words[0] === '-g' ? 2 : behind(words, options)),
  nice: (words) => (words[0] === '-n' ? 2 : behind(words, options)),
  stdbuf: (words) => behind(words, options),
  timeout: (words) => (/^-[ks]$/.test(words[0] ?? '') ? 3 : behind(words, options) + 1),
};

/** A shell with `-c` and code, or with a script. */
function hasScript(words: readonly string[]): boolean {
  const at = words.findIndex((word) => !word.startsWith('-') && !word.startsWith('+'));
  const flags = at === -1 ? words : words.slice(0, at);
  if (flags.some((word) => /^-[a-z]*s/.test(word) && !word.startsWith('--'))) return false;
  return at !== -1 || flags.includes('--version') || flags.includes('--help');
}

/** Programs that are nothing without a terminal. */
const terminal = new Set(
  'vi vim nvim view nano emacs pico less more most man htop btop atop nvtop nvitop k9s mc screen tmux ssh telnet ftp sftp login passwd irb pry ipython bpython jshell iex ghci'.split(
    ' ',
  ),
);

/** Whether one of the flags is there: a letter (in a cluster up to a letter that takes the rest) or a long name. */
function has(
  words: readonly string[],
  wanted: { letters: string; valued?: string; attached?: string; long?: RegExp },
): boolean {
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word.startsWith('--')) {
      if (wanted.long?.test(word.slice(2)) === true) return true;
      continue;
    }
    if (!/^-./.test(word)) continue;
    for (let index = 1; index < word.length; index++) {
      const letter = word.charAt(index);
      if (wanted.letters.includes(letter)) return true;
      if (wanted.attached?.includes(letter) === true) break;
      if (wanted.valued?.includes(letter) === true) {
        if (index === word.length - 1) at++;
        break;
      }
    }
  }
  return false;
}

/** How many words are neither flags nor the values of these short flags. */
const plainWords = (words: readonly string[], valued: string): number =>
  words.filter((word, at) => {
    const before = words[at - 1] ?? '';
    return !word.startsWith('-') && !(/^-[A-Za-z]$/.test(before) && valued.includes(before.charAt(1)));
  }).length;

const scripted =
  (letters: string, valued: string, long: RegExp) =>
  (words: readonly string[]): boolean =>
    !has(words, { letters, valued, long }) && plainWords(words, valued) === 0;
const queried =
  (letters: string, valued: string, long: RegExp) =>
  (words: readonly string[]): boolean =>
    !has(words, { letters, valued, long });

// What follows -p in its word is the password.
const mysql = (words: readonly string[]): boolean =>
  !has(words, { letters: 'eV?', valued: 'DhPSu', attached: 'p', long: /^(?:execute|version|help)(?:=|$)/ });
const python = (words: readonly string[]): boolean => {
  const manage = words.findIndex((word) => /(?:^|\/)manage\.py$/.test(word));
  const console = manage !== -1 && /^(?:shell|shell_plus|dbshell)$/.test(words[manage + 1] ?? '');
  if (console) return !words.slice(manage).some((word) => /^(?:-c|--command)/.test(word));
  return words[0] === '-i' || words[0] === '-' || scripted('cmVh', 'WX', /^(?:version|help)/)(words);
};
const prompts: Readonly<Record<string, (words: readonly string[]) => boolean>> = {
  psql: queried('cflV?', 'dFhLoPpRTUv', /^(?:command|file|list|version|help)(?:=|$)/),
  mysql,
  mariadb: mysql,
  cqlsh: queried('ef', 'ukp', /^(?:execute|file|version|help)(?:=|$)/),
  'clickhouse-client': queried('q', 'hudm', /^(?:query|queries-file|version|help)(?:=|$)/),
  mongo: (words) => !words.some((word) => /^--(?:eval|version|help)|\.js$/.test(word)),
  mongosh: (words) => !words.some((word) => /^--(?:eval|file|version|help)|^-f$|\.m?js$/.test(word)),
  'redis-cli': (words) =>
    !words.some((word) =>
      /^(?:-v|-x|--(?:scan|bigkeys|memkeys|hotkeys|eval|cluster|version|help|rdb|stat|latency\S*))$/.test(word),
    ) &&
    plainWords(
      words.filter(
        (word, at) => !/^--(?:user|pass|cacert|cert|key)$/.test(words[at - 1] ?? '') || word.startsWith('-'),
      ),
      'hpanusrid',
    ) === 0,
  sqlite3: (words) => plainWords(words, '') < 2 && !words.includes('-version'),
  python,
  python2: python,
  python3: python,
  node: scripted('epvh', 'r', /^(?:eval|print|version|help)/),
  ruby: scripted('evh', 'rI', /^(?:version|help)/),
  perl: scripted('eEvh', 'MI', /^(?:version|help)/),
  php: (words) => words.includes('-a') || scripted('rvimh', 'dc', /^(?:version|help|ini|re|rf|ri|info)/)(words),
  rails: (words) => /^(?:c|console|db|dbconsole)$/.test(words[0] ?? ''),
  top: (words) => !has(words, { letters: 'bhv', valued: 'dnpuU' }),
  su: (words) => !has(words, { letters: 'c', long: /^command/ }),
  sudo: () => true,
};

const interval = (words: readonly string[]): boolean => words.filter((word) => /^\d+$/.test(word)).length === 1;
const loops = (words: readonly string[]): boolean =>
  words.some((word) => /^(?:-l|-l\d+|-lms|--loop(?:-ms)?(?:=.*)?|daemon)$/.test(word)) ||
  (/^[dp]mon$/.test(words[0] ?? '') && !words.some((word) => /^(?:-c|--count)/.test(word)));
const pings = (words: readonly string[]): boolean =>
  !has(words, { letters: 'cwVh', valued: 'iIlmMpQsStTW', long: /^help/ });
/** Until somebody presses Ctrl-C. */
const goesOn: Readonly<Record<string, (words: readonly string[]) => boolean>> = {
  ping: pings,
  ping6: pings,
  tail: (words) => words.some((word) => /^-[a-zA-Z\d]*[fF]|^--follow/.test(word)),
  top: (words) => !has(words, { letters: 'nhv', valued: 'dpuU' }),
  watch: () => true,
  yes: () => true,
  tcpdump: (words) => !has(words, { letters: 'chDr', valued: 'iwsBCFGWyz' }),
  'nvidia-smi': loops,
  'hl-smi': loops,
  vmstat: interval,
  iostat: interval,
  mpstat: interval,
  pidstat: interval,
  sar: interval,
  free: (words) =>
    has(words, { letters: 's', long: /^seconds/ }) && !has(words, { letters: 'c', valued: 's', long: /^count/ }),
  journalctl: (words) => has(words, { letters: 'f', valued: 'untpo', long: /^follow/ }),
  dmesg: (words) => has(words, { letters: 'wW', long: /^follow/ }),
  'redis-cli': (words) => words.some((word) => /^(?:monitor|p?subscribe|--stat|--latency\S*)$/i.test(word)),
  sleep: (words) => words.includes('infinity') || words.includes('inf'),
};
