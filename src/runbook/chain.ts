/** `a && b || c` and `a; b`: reads and `echo` become one action; with anything else in it a person does it. */
import { isRead } from '../domain/action.ts';
import type { ChainAction } from '../domain/read-action.ts';
import type { Template } from '../domain/object-reference.ts';
import type { CommandContext } from './command-context.ts';
import type { Draft } from './dispatch.ts';
import { secretsIn } from './obstacles.ts';
import { compilePipeline } from './pipeline.ts';
import { isRefusal, refuse, type Refusal } from './reasons.ts';
import type { ShellLink } from './shell/shell.ts';
import type { WordUse } from './shell/word.ts';

export function compileChain(links: readonly ShellLink[], context: CommandContext): Draft | Refusal {
  const all = links.flatMap(({ part }) => (part.kind === 'pipeline' ? part.commands : []));
  const secrets = secretsIn(all);
  if (secrets) return secrets;

  const compiled: ChainAction<Template>['links'][number][] = [];
  const uses: WordUse[] = [];
  const refusals: Refusal[] = [];
  let writes = false;
  let bounded = false;
  for (const { when, part } of links) {
    const draft =
      part.kind === 'pipeline'
        ? compilePipeline(part.commands, { ...context, inChain: true })
        : refuse('shell-logic', 'A variable is set on the way; do these one at a time.');
    if (isRefusal(draft)) {
      refusals.push(draft);
      continue;
    }
    if (!isRead(draft.action) || draft.action.type === 'chain') {
      writes = true;
      continue;
    }
    uses.push(...draft.uses);
    bounded ||= draft.bounded ?? false;
    compiled.push({ when, read: draft.action });
  }
  const severe = refusals.find(({ refused }) => refused.code === 'reads-secret' || refused.code === 'pipes-into-code');
  if (severe) return severe;
  if (writes) {
    return refuse(
      'shell-logic',
      'What changes something here depends on what comes before; do what applies, one at a time.',
    );
  }
  // `exit`, `sleep` and `set` say least about why.
  const [telling = refusals[0]] = refusals.filter(({ refused }) => refused.code !== 'not-a-command');
  if (telling) {
    return telling.refused.code === 'not-a-command'
      ? refuse('shell-logic', 'This steers a script; do what applies, one command at a time.')
      : telling;
  }
  if (compiled.every(({ read }) => read.type === 'echo')) {
    return refuse('not-a-command', '`echo` does nothing to the service: it only prints.');
  }
  return { action: { type: 'chain', links: compiled }, uses, ...(bounded && { bounded: true as const }) };
}
