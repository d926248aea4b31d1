/** What a change would write as it stands, although it reads like a blank that somebody was to fill in. */
import type { ChangeActionOf } from '../../domain/change-action.ts';
import type { Template } from '../../domain/object-reference.ts';
import { textOf } from '../kubectl/flags.ts';
import { type Finding, finding } from './finding.ts';

const blank =
  /^(?:(?:YOUR|MY|NEW|SOME|INSERT|REPLACE)_[A-Z0-9_]+|(?:APP|POD|NODE|SERVICE|CONTAINER|DEPLOYMENT|NAMESPACE|IMAGE)_NAME|CHANGE_?ME|REPLACE_?ME|changeme|your-[a-z-]+|x{3,}|vX(?:\.Y(?:\.Z)?)?)$/;
const openTag = /:(?:v?[xX]\.[yY](?:\.[zZ])?|TAG|VERSION|<?tag>?|your-\S+)$/;

export function lintValues(
  place: { readonly path: string; readonly line: number; readonly endLine: number },
  change: ChangeActionOf<Template>,
): Finding[] {
  const values = change.type === 'each' ? valuesOf({ ...change.change, target: nobody }) : valuesOf(change);
  return values
    .filter((value) => typeof value === 'string' && (blank.test(value) || openTag.test(value)))
    .map((value) =>
      finding(
        'literal-blank',
        place,
        `“${textOf(value)}” is written as it stands.`,
        'Write the value, or a placeholder such as <value>, which is asked for.',
      ),
    );
}

const nobody = { resource: '', name: '' };

function valuesOf(change: ChangeActionOf<Template>): readonly Template[] {
  if (change.type === 'set-image') return change.images.map(({ image }) => image);
  return change.type === 'set-env' || change.type === 'label' || change.type === 'annotate'
    ? change.assignments.flatMap((each) => ('remove' in each ? [] : [each.value]))
    : [];
}
