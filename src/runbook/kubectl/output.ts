/** `-o` of the verbs that print objects. */
import type { Template } from '../../domain/object-reference.ts';
import type { GetOutput } from '../../domain/read-action.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { textOf } from './flags.ts';

/** `-o go-template=…`, and `--template` with whatever format. */
export const goTemplates: Refusal = refuse(
  'external-tool',
  'Go templates are programs that only kubectl itself runs; use -o jsonpath or custom-columns for the same fields.',
);

export function outputOf(word: Template | undefined): GetOutput | Refusal {
  if (word === undefined || word === '') return { format: 'table' };
  if (typeof word !== 'string') {
    return refuse('unresolved-substitution', `The output format ${quoted(textOf(word))} is left open in part.`);
  }
  switch (word) {
    case 'wide':
    case 'yaml':
    case 'json':
    case 'name':
      return { format: word };
    default:
  }
  const [, format = '', expression = ''] = /^([a-z-]+)=(.*)$/s.exec(word) ?? [];
  if ((format === 'jsonpath' || format === 'jsonpath-as-json' || format === 'custom-columns') && expression !== '') {
    return { format, expression };
  }
  if (/^(?:jsonpath|custom-columns|go-template|template)(?:-as-json)?-file$|^templatefile$/.test(format)) {
    return refuse('operator-host', `${quoted(`-o ${format}`)} reads a file of the machine where it is typed.`);
  }
  if (/^(?:go-template|template)$/.test(format === '' ? word : format)) {
    return goTemplates;
  }
  if (/^(?:jsonpath(?:-as-json)?|custom-columns)$/.test(format === '' ? word : format)) {
    return refuse('malformed', `${quoted(`-o ${word}`)} needs an expression behind an equals sign.`);
  }
  return refuse('malformed', `${quoted(`-o ${word}`)} is not an output format of kubectl.`);
}

/** One of the few formats that a verb has; undefined when the flag is absent. */
export function formatOf<F extends string>(
  word: Template | undefined,
  formats: readonly F[],
  verb: string,
): F | Refusal | undefined {
  if (word === undefined || word === '') return undefined;
  if (typeof word !== 'string') {
    return refuse('unresolved-substitution', `The output format ${quoted(textOf(word))} is left open in part.`);
  }
  const found = formats.find((format) => format === word);
  if (found !== undefined) return found;
  const output = outputOf(word);
  if ('refused' in output) return output;
  return refuse(
    'unknown-flag',
    `${quoted(`-o ${word}`)} of \`kubectl ${verb}\` is not compiled; ${formats.join(', ')} is.`,
  );
}
