/** What stands behind a pipe: from a program's words to a filter, or why it is none. */
import type { Filter, OpenFilter } from '../../domain/filter.ts';
import type { Template } from '../../domain/object-reference.ts';
import { runsItsInput } from '../programs.ts';
import { quoted, refuse, type Refusal } from '../reasons.ts';
import { compileAwk } from './awk/compile.ts';
import { compileColumn } from './column.ts';
import { compileCut } from './cut.ts';
import { compileGrep, compileRipgrep } from './grep.ts';
import { compileHeadTail } from './head-tail.ts';
import { compileJq } from './jq.ts';
import { compileSed } from './sed.ts';
import { compileSort } from './sort.ts';
import { compileTr } from './tr.ts';
import { compileUniq, compileWc } from './uniq-wc.ts';
import { compileWholeText } from './whole-text.ts';

export type CompiledFilter = {
  readonly filter: Filter | OpenFilter<Template>;
  /** The filter itself, or what an open one is with a value filled in: what kind it is does not hang on the value. */
  readonly kind: Filter;
};

/** What may stand for a parameter: in one of these ways the filter has to compile, or it never will. */
const samples = ['x', '1'];

/** One command behind a pipe, whose words may take parameters. Never throws. */
export function compileFilter(words: readonly Template[]): CompiledFilter | Refusal {
  const [program] = words;
  if (typeof program !== 'string')
    return refuse('unresolved-substitution', 'The program behind the pipe is left open; write it out.');
  const literal = words.filter((word) => typeof word === 'string');
  if (literal.length === words.length) {
    const filter = compileLiteral(literal);
    return 'refused' in filter ? filter : { filter, kind: filter };
  }
  let refusal: Refusal | undefined;
  for (const sample of samples) {
    const kind = compileLiteral(words.map((word) => filledWith(word, sample)));
    if (!('refused' in kind)) return { filter: { program: 'open', words }, kind };
    refusal ??= kind;
  }
  return refusal ?? refuse('unresolved-substitution', 'What stands behind the pipe is left open; write it out.');
}

const filledWith = (word: Template, value: string): string =>
  typeof word === 'string' ? word : word.template.map((part) => (typeof part === 'string' ? part : value)).join('');

/** The same for words that are complete. */
export function compileLiteral(words: readonly string[]): Filter | Refusal {
  const [program = '', ...rest] = words;
  // A path names the same program: /usr/bin/grep.
  const name = program.replace(/^(?:\/usr)?\/bin\//, '');
  switch (name) {
    case 'grep':
    case 'egrep':
    case 'fgrep':
      return compileGrep(name, rest);
    case 'rg':
      return compileRipgrep(rest);
    case 'head':
    case 'tail':
      return compileHeadTail(name, rest);
    case 'sort':
      return compileSort(rest);
    case 'uniq':
      return compileUniq(rest);
    case 'wc':
      return compileWc(rest);
    case 'cut':
      return compileCut(rest);
    case 'tr':
      return compileTr(rest);
    case 'awk':
    case 'gawk':
    case 'mawk':
    case 'nawk':
      return compileAwk(rest);
    case 'sed':
    case 'gsed':
      return compileSed(rest);
    case 'jq':
      return compileJq(rest);
    case 'column':
      return compileColumn(rest);
    case 'cat':
    case 'less':
    case 'more':
    case 'nl':
    case 'tac':
    case 'rev':
      return compileWholeText(name, rest);
    default:
      return notAFilter(name, rest);
  }
}

const packers =
  /^(?:gzip|gunzip|zcat|bzip2|xz|zstd|base64|base32|openssl|gpg|age|sops|tar|zip|md5sum|sha\d+sum|xxd|hexdump|od)$/;
const shellWords = /^(?:while|until|for|if|case|\{|\(|read|mapfile|readarray|export|set)$/;
const writers = /^(?:tee|sponge|dd|split|csplit|pbcopy|xclip|xsel|logger|mail|mailx|sendmail)$/;
const runners = /^(?:env|timeout|nohup|nice|time|command)$/;

/** The reason for a program that is no filter of ours. */
function notAFilter(program: string, rest: readonly string[]): Refusal {
  const name = quoted(program);
  if (runners.test(program) || runsItsInput(program))
    return refuse('pipes-into-code', `The output goes into ${name}, which runs what it is given.`);
  if (writers.test(program))
    return refuse('writes-file', `${name} passes the output on to somewhere else; run it yourself.`);
  if (shellWords.test(program))
    return refuse('shell-logic', 'A loop or condition of the shell behind a pipe is not run.');
  if (packers.test(program)) {
    return refuse(
      'external-tool',
      `${name} packs, decodes or digests what it reads, which is not done here; run it yourself.`,
    );
  }
  if (rest.includes('-w') || program === 'watch')
    return refuse('endless', `${name} may run without end; run it yourself.`);
  return refuse('external-tool', `${name} behind the pipe is a program that cannot be run for you.`);
}
