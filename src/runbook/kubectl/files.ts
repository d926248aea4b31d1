/** `-f` and `-k`: objects that are named by files. */
import { refuse, type Refusal } from '../reasons.ts';
import type { FlagTable, ParsedFlags } from './flags.ts';

export const fileFlags = {
  filename: { short: 'f', takes: 'list' },
  kustomize: { short: 'k', takes: 'value' },
  recursive: { short: 'R', takes: 'nothing' },
} satisfies FlagTable;

/** A refusal when the command takes its objects from files or a URL. */
export function fromFiles({ values }: ParsedFlags, verb: string): Refusal | undefined {
  return !values.has('filename') && !values.has('kustomize')
    ? undefined
    : refuse(
        'operator-host',
        `\`kubectl ${verb}\` with files takes its objects from the machine where it is typed; name the objects instead.`,
      );
}
