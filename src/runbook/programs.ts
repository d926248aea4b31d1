/** Why a command that is not `kubectl` stays manual. */
import { quoted, refuse, type Refusal } from './reasons.ts';

const set = (words: string): ReadonlySet<string> => new Set(words.split(/\s+/));

const messages = set('echo printf true false : sleep exit set unset shift read wait trap test [ return clear banner');
const hostPrograms =
  set(`nvidia-smi hl-smi rocm-smi df du free top htop ps ls ll cat less more tail head find ping dig nslookup host nc telnet
  traceroute openssl ip ss netstat ifconfig lsof iostat vmstat uptime uname date whoami hostname which journalctl systemctl service dmesg
  crictl ctr rm mv cp mkdir rmdir touch chmod chown ln tar gzip gunzip zip unzip dd tee logrotate kill pkill killall pgrep sudo ssh scp rsync cd
  pushd popd source . eval exec alias sysctl mount umount strace tcpdump reboot shutdown wc sort`);
const interactive = set('htop top vi vim nano emacs less more k9s tmux screen');
const dockers = set('docker docker-compose podman nerdctl');
const fetchers = set('curl wget http https');
/** What an unlabelled fence may start with to be taken for shell. */
const others =
  set(`helm aws gcloud az terraform vault psql mysql redis-cli mongo mongosh make git gpg python python3 pip npm node bash sh argocd flux
  istioctl etcdctl kubectx kubens stern jq yq watch kafka-topics promtool amtool export`);

const tools =
  set(`helm aws gcloud az terraform vault psql mysql redis-cli mongo mongosh make git gpg pip npm argocd flux istioctl etcdctl kubectx kubens stern
  jq yq kafka-topics promtool amtool ceph rbd velero calicoctl cilium linkerd consul nomad ansible ansible-playbook`);
const languages = /^(?:python[\d.]*|node|ruby|perl|java|bash|sh|zsh)$/;

export const isKnownProgram = (word: string): boolean =>
  word === 'kubectl' ||
  word === 'oc' ||
  [messages, hostPrograms, interactive, dockers, fetchers, others].some(
    (programs) => programs.has(word) && word !== '.',
  );

const englishWords =
  set(`free top test set find watch make return clear host service less more which date sort head tail kill mount node source
  exec eval exit true false sleep time banner export touch unzip zip`);

/** Indented text is prose more often than code: words of English do not make it shell. */
export const isPlainProgram = (word: string): boolean => isKnownProgram(word) && !englishWords.has(word);

const interpreters =
  /^(?:.*\/)?(?:(?:ba|z|da|a|k)?sh|python[\d.]*|perl|ruby|node|php|xargs|parallel|kubectl|oc|eval|source|ssh|psql|mysql|sudo)$/;

/** Whether a program behind a pipe runs what it is given. */
export const runsItsInput = (program: string): boolean => interpreters.test(program);

/** The reason for a command line's first program; `words` are good enough for that, not exact. */
export function manualProgram(words: readonly string[]): Refusal {
  const [program = '', ...rest] = words;
  if (fetchers.has(program)) {
    const local = rest.find((word) =>
      /^(?:https?:\/\/)?(?:localhost|127\.0\.0\.1|0\.0\.0\.0|\[::1\])(?::|\/|$)/.test(word),
    );
    return local === undefined
      ? refuse(
          'external-tool',
          `\`${program}\` is not run here with what this line gives it; send the request yourself.`,
        )
      : refuse('localhost-url', `${quoted(local)} is the machine where the command is typed, not the service.`);
  }
  if (program === 'export') {
    return refuse('operator-host', '`export` sets variables of the shell where it is typed; set them there.');
  }
  if (program === 'watch') return refuse('endless', '`watch` runs without end; run what it watches yourself.');
  if (rest.some((word) => word === '-f' || word === '--follow') && /^(?:tail|journalctl)$/.test(program)) {
    return refuse('endless', `\`${program} -f\` runs without end.`);
  }
  if (program === 'nvidia-smi' && rest.some((word) => word === '-l' || word.startsWith('--loop'))) {
    return refuse('endless', '`nvidia-smi -l` runs without end, and on a host that the runbook does not name.');
  }
  if (messages.has(program)) {
    return program === 'sleep'
      ? refuse('not-a-command', 'This only waits; watch the service for as long as it says.')
      : refuse('not-a-command', `\`${program}\` does nothing to the service: it only prints or steers the script.`);
  }
  if (interactive.has(program))
    return refuse('needs-terminal', `\`${program}\` needs a terminal; run it on the host yourself.`);
  if (dockers.has(program)) {
    if (rest.some((word) => /^-(?:it|ti)$/.test(word))) {
      return refuse('needs-terminal', `\`${program} … -it\` needs a terminal; run it yourself.`);
    }
    return refuse(
      'external-tool',
      `\`${program}\` is not run here with what this line gives it; run it on that host yourself.`,
    );
  }
  if (hostPrograms.has(program)) {
    return refuse(
      'operator-host',
      `\`${program}\` acts on the machine where it is typed, and the runbook does not say which.`,
    );
  }
  if (/^(?:\[[\w.@-]+\]|[\w.-]+@[\w.-]+(?::[\w~/.-]*)?|[\w.-]+:~[\w/.-]*)[$#%]/.test(program)) {
    return refuse(
      'operator-host',
      `${quoted(program)} is the prompt of a machine, which may work on another cluster; run this there.`,
    );
  }
  // `...`, `NAME  READY`, `Expected output:` are no programs either.
  if (!/^[\w.~/$<>{}+-]+$/.test(program) || /^(?:\d|\.{2,}$|[A-Z][A-Za-z]*$)/.test(program)) {
    return refuse('not-a-command', 'This does not read like a command; decide what it asks for yourself.');
  }
  if (tools.has(program)) {
    return refuse('external-tool', `\`${program}\` is another tool, with its own rights and files; run it yourself.`);
  }
  if (languages.test(program)) {
    return refuse('external-tool', `\`${program}\` runs a program on the machine where it is typed; run it there.`);
  }
  if (program.includes('/') || /\.(?:sh|py|rb|pl|js)$/.test(program)) {
    return refuse(
      'external-tool',
      `${quoted(program)} is a script of your own, which is not in this document; run it yourself.`,
    );
  }
  return refuse('external-tool', `${quoted(program)} is a program of your own, which this program cannot run for you.`);
}
