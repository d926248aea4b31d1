/** `kubectl edit` with the new value in the comment behind it. Without one it opens an editor, which a person does. */
import type { SetFieldAction } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import type { CommandContext } from '../command-context.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { aimOf } from './change-targets.ts';
import { type FlagTable, parseFlags } from './flags.ts';
import type { Compiled } from './get.ts';

const flags = { namespace: { short: 'n', takes: 'value' } } satisfies FlagTable;
const byHand = refuse('edits-by-hand', '`kubectl edit` opens an editor; make the change by hand.');

export function compileEdit(
  words: readonly Template[],
  { nextComment }: CommandContext,
): Compiled<SetFieldAction<Template>> | Refusal {
  const wish = nextComment === undefined ? undefined : wishIn(nextComment);
  if (wish === undefined) return byHand;
  const parsed = parseFlags(words, flags, 'edit');
  if ('refused' in parsed) return parsed;
  const aim = aimOf(parsed.words, {}, 'edit');
  if ('refused' in aim) return aim;
  const [target, ...more] = 'named' in aim ? aim.named : [];
  if (target === undefined || more.length > 0) {
    return refuse(
      'edits-by-hand',
      `${quoted(`${wish.field}: ${wish.value}`)} is for one object, and this opens several in an editor.`,
    );
  }
  const namespace = parsed.values.get('namespace');
  return { action: { type: 'set-field', ...(namespace !== undefined && { namespace }), target, ...wish } };
}

const field = String.raw`([A-Za-z_][\w-]{0,62}(?:\.[A-Za-z_][\w-]{0,62}){0,9})`;
// A value that is one word: anything longer is rather a sentence.
const value = String.raw`(?:"([^"\s]{1,200})"|'([^'\s]{1,200})'|\x60([^\x60\s]{1,200})\x60|([^\s"'\x60,;()]{1,200}))`;
// Behind the value, in brackets: what it was, or which way it goes. Anything else might change what is meant.
const remark = String.raw`(?:\s+\((?:(?:a )?(?:lower|higher|smaller|larger|bigger|reduced|increased|decreased|safer?|new)(?: (?:value|limit|number|size|setting))?|(?:was|is|currently|previously|formerly|default(?: is)?|down from|up from|from)[: ]\s*[\w.%]{1,40})\))?`;
const verbs = String.raw`(?:set|change|update|increase|decrease|raise|lower|reduce|edit|modify)`;
const forms = [
  new RegExp(String.raw`^${verbs}\s+\x60?${field}\x60?\s*[:=]\s*${value}${remark}\.?$`, 'i'),
  new RegExp(String.raw`^${verbs}\s+\x60?${field}\x60?\s+to\s+${value}${remark}\.?$`, 'i'),
];

/** `Set maxNumSeqs: 128`, `Change replicas to 5`, `Update X = Y`. One line that says just one field and its value. */
function wishIn(comment: string): { readonly field: string; readonly value: string } | undefined {
  if (comment.includes('\n')) return undefined;
  const text = comment.trim();
  for (const form of forms) {
    const [, name, ...values] = form.exec(text) ?? [];
    const bare = values[3]?.replace(/\.$/, '');
    const found = values[0] ?? values[1] ?? values[2] ?? bare;
    // `from 3 to 5`, `<n>` and `…` are no values; nor is a shell's expansion.
    if (name === undefined || found === undefined || found === '' || /[<>{}$…*]/.test(found)) continue;
    return { field: name, value: found };
  }
  return undefined;
}
