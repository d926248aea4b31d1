/** Why a command is manual although its program might be known: what stands around it or inside its words. */
import { namesSecrets, secretsReason } from './kubectl/resources.ts';
import { manualKubectl } from './kubectl/kubectl.ts';
import { runsItsInput } from './programs.ts';
import { quoted, refuse, type Refusal } from './reasons.ts';
import type { Obstacle, ShellCommand } from './shell/word.ts';

const obstacles: Readonly<Record<Obstacle, Refusal>> = {
  substitution: refuse(
    'unresolved-substitution',
    'Part of this command comes from another command or a shell expansion; fill it in yourself.',
  ),
  glob: refuse(
    'unresolved-substitution',
    'The shell would expand *, ?, [ ], { } or ~ in this command against local files; quote it or fill it in.',
  ),
  'redirect-to-file': refuse('writes-file', 'This writes a file on the machine where it is typed; run it on your own.'),
  'redirect-from-file': refuse(
    'operator-host',
    'This reads a file on the machine where it is typed; run it where the file is.',
  ),
  redirect: refuse('shell-logic', 'This joins streams in a way that only a shell can; run it yourself.'),
  heredoc: refuse(
    'unresolved-substitution',
    'The shell would fill values into the text behind `<<`; write them out, or run it yourself.',
  ),
  assignment: refuse(
    'operator-host',
    'A variable is set for this command on the machine where it is typed; run it there, or leave the variable out.',
  ),
  syntax: refuse('malformed', 'The shell cannot read this as it stands; look for a stray bracket.'),
};

export function obstacleReason({ obstacle, environment }: ShellCommand): Refusal {
  if (obstacle === 'assignment' && environment?.includes('KUBECONFIG')) {
    return refuse('operator-host', 'KUBECONFIG names a file on the machine where this is typed; run it there.');
  }
  return obstacles[obstacle ?? 'syntax'];
}

/** Commands inside `$(…)` too, as far as they were understood. */
const withLookUps = (commands: readonly ShellCommand[]): readonly ShellCommand[] =>
  commands.flatMap((command) => [
    command,
    ...command.uses.flatMap(({ filled }) => (filled?.kind === 'look-up' ? withLookUps(filled.commands) : [])),
  ]);

export function secretsIn(commands: readonly ShellCommand[]): Refusal | undefined {
  for (const { rough } of withLookUps(commands)) {
    const at = rough.findIndex((word) => /^(?:kubectl|oc)$/.test(word));
    const refusal = at === -1 ? undefined : manualKubectl(rough.slice(at + 1));
    if (refusal?.refused.code === 'reads-secret') return refusal;
    const inner = rough.flatMap((word) => /(?:\$\(|`)\s*(?:kubectl|oc)\s([^)`]{1,500})/.exec(word)?.[1] ?? []);
    for (const text of inner) {
      const words = text.split(/\s+/);
      if (words.some((word) => namesSecrets(word))) return refuse('reads-secret', secretsReason);
      const why = manualKubectl(words);
      if (why?.refused.code === 'reads-secret') return why;
    }
  }
  return undefined;
}

export function intoCode(behind: readonly ShellCommand[]): Refusal | undefined {
  const runner = behind.find(({ rough }) => runsItsInput(rough[0] ?? ''));
  return (
    runner &&
    refuse(
      'pipes-into-code',
      `The output goes into ${quoted(runner.rough[0] ?? '')}, which runs what it is given; do this by hand.`,
    )
  );
}

export function writesFile(commands: readonly ShellCommand[]): Refusal | undefined {
  const writes = commands.some(({ obstacle, rough }) => obstacle === 'redirect-to-file' || rough[0] === 'tee');
  return writes ? obstacles['redirect-to-file'] : undefined;
}
