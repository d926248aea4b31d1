import { describe, expect, it } from '@jest/globals';
import type { ReasonCode } from '../../src/domain/runbook.ts';
import { compileFilter } from '../../src/runbook/filters/compile.ts';
import { pipelineProblem } from '../../src/runbook/filters/order.ts';
import { filterOf } from '../filters/subject.ts';

const refusals: readonly (readonly [readonly string[], ReasonCode])[] = [
  [['tr', 'A-Z', '[:lower:]'], 'not-exact'],
  [['awk', '{print $1 > 0}'], 'writes-file'],
  [
    ['awk', 'BEGIN {printf "%s %d%%\\n", "a", 42.9; print 1e6, 0.1+0.2, 1/3, 100000*100000, 3.0, "3.0"+0}'],
    'not-exact',
  ],
  [['awk', '{print $1,$2}', 'OFS=,'], 'malformed'],
  [['awk', 'BEGIN { print 010 }'], 'not-exact'],
  [['awk', '{print > "/tmp/x"}'], 'writes-file'],
  [['awk', '{print | "sort"}'], 'pipes-into-code'],
  [['awk', '{system("rm " $1)}'], 'pipes-into-code'],
  [['awk', '{getline; print}'], 'shell-logic'],
  [['awk', '{ "date" | getline d; print d }'], 'pipes-into-code'],
  [['awk', 'function f(x) { return x } { print f($1) }'], 'shell-logic'],
  [['awk', '{print strftime("%F", $1)}'], 'not-exact'],
  [['sed', '-r', 's/(a|b)/<\\1>/g'], 'not-exact'],
  [['sed', '0,/x/d'], 'not-exact'],
  [['sed', 's/a/b/w /tmp/x'], 'writes-file'],
  [['sed', '-i', 's/a/b/'], 'writes-file'],
  [['sed', 'w /tmp/x'], 'writes-file'],
  [['sed', '1e date'], 'pipes-into-code'],
  [['sed', 'r /etc/passwd'], 'malformed'],
  [['sed', 's/\\x41/b/'], 'not-exact'],
  [['sed', 'N;s/\\n/ /'], 'not-exact'],
  [['sed', ':a;s/x/y/;ta'], 'not-exact'],
  [['sed', 'G'], 'not-exact'],
  [['sed', '-n', 'l'], 'not-exact'],
  [['sed', '1i\\header'], 'not-exact'],
  [['jq', '{'], 'malformed'],
  [['jq', 'env'], 'operator-host'],
  [['jq', '$ENV.HOME'], 'operator-host'],
  [['jq', 'now'], 'not-exact'],
  [['jq', 'input_filename'], 'not-exact'],
  [['jq', 'import "a" as a; .'], 'external-tool'],
  [['jq', '-f', 'prog'], 'external-tool'],
  [['jq', '.', 'file'], 'malformed'],
  [['grep', '-r', 'x'], 'unknown-flag'],
  [['grep', '-f', 'patterns'], 'unknown-flag'],
  [['grep', '--color=always', 'x'], 'unknown-flag'],
  [['grep', '--ignore', 'x'], 'unknown-flag'],
  [['grep'], 'malformed'],
  [['grep', '-E', '-F', 'x'], 'malformed'],
  [['grep', 'x', 'file'], 'malformed'],
  [['grep', '-A', 'x', 'y'], 'malformed'],
  [['grep', '-w', 'x*'], 'not-exact'],
  [['grep', '\\(a\\)\\1'], 'not-exact'],
  [['grep', '-o', 'a\\>'], 'not-exact'],
  [['grep', '[[:cntrl:]]'], 'not-exact'],
  [['grep', '[a'], 'not-exact'],
  [['grep', 'a**'], 'not-exact'],
  [['grep', 'a\\'], 'not-exact'],
  [['grep', '[z-a]'], 'not-exact'],
  [['grep', '-P', 'a(?=b)'], 'not-exact'],
  [['grep', '-oP', 'a|ab'], 'not-exact'],
  [['rg', '\\d+'], 'not-exact'],
  [['rg', '--json', 'x'], 'unknown-flag'],
  [['head', 'file'], 'malformed'],
  [['head', '-n', '1', '-n', '2'], 'malformed'],
  [['head', '-z'], 'unknown-flag'],
  [['tail', '-f'], 'endless'],
  [['tail', '-n', '5k'], 'not-exact'],
  [['less', '+F'], 'endless'],
  [['sort', '-o', 'x'], 'writes-file'],
  [['sort', '-V'], 'not-exact'],
  [['sort', '-R'], 'not-exact'],
  [['sort', '-t', 'ab'], 'malformed'],
  [['sort', '-k0'], 'malformed'],
  [['sort', '--parallel=2'], 'unknown-flag'],
  [['sort', 'file'], 'malformed'],
  [['uniq', '-w3'], 'unknown-flag'],
  [['uniq', '-D'], 'unknown-flag'],
  [['uniq', 'a', 'b'], 'malformed'],
  [['wc', '-L'], 'unknown-flag'],
  [['cut', '-f1', '-c2'], 'malformed'],
  [['cut', '-d', 'ab', '-f1'], 'malformed'],
  [['cut', '-f', '0'], 'malformed'],
  [['cut'], 'malformed'],
  [['tr', 'é', 'e'], 'not-exact'],
  [['tr', 'a'], 'malformed'],
  [['tr', '-d', 'a', 'b'], 'malformed'],
  [['tr', 'a', '[b*3]'], 'not-exact'],
  [['column'], 'not-exact'],
  [['column', '-t', '-N', 'a'], 'unknown-flag'],
  [['nl', '-w3'], 'unknown-flag'],
  [['jq', '--stream', '.'], 'unknown-flag'],
  [['jq', '-C', '.'], 'unknown-flag'],
  [['jq', '"\\(env)"'], 'operator-host'],
  [['jq', '"abc'], 'malformed'],
  [['awk'], 'malformed'],
  [['awk', '-f', 'x.awk'], 'external-tool'],
  [['awk', '--posix', '1'], 'unknown-flag'],
  [['awk', '{print RS}'], 'not-exact'],
  [['awk', '-F', '', '1'], 'not-exact'],
  [['awk', '{print'], 'malformed'],
  [['awk', 'BEGIN{srand()}'], 'not-exact'],
  [['awk', '{close ("x")}'], 'not-exact'],
  [['awk', '{a[1]=1; a=2}'], 'malformed'],
  [['awk', '1 < 2 < 3'], 'not-exact'],
  [['sed', '--posix', 'p'], 'unknown-flag'],
  [['sed', '-n'], 'malformed'],
  [['sed', 's/a/b'], 'malformed'],
  [['sed', 'k'], 'malformed'],
  [['sed', 's/a/b/e'], 'pipes-into-code'],
  [['sed', 's/a/\\2/'], 'malformed'],
  [['sed', '--in-place=x', 'p'], 'writes-file'],
  [['tee', 'x'], 'writes-file'],
  [['xargs', 'rm'], 'pipes-into-code'],
  [['sh'], 'pipes-into-code'],
  [['bash', '-s'], 'pipes-into-code'],
  [['python3', '-c', 'x'], 'pipes-into-code'],
  [['while', 'read', 'x'], 'shell-logic'],
  [['base64', '-d'], 'external-tool'],
  [['gzip'], 'external-tool'],
  [['nosuch'], 'external-tool'],
];

describe('what is no filter', () => {
  it.each(refusals)('%j stays manual: %s', (words, code) => {
    expect(compileFilter(words)).toMatchObject({ refused: { code } });
  });

  it('is a program that is left open', () => {
    expect(compileFilter([{ template: [{ parameter: 'program' }] }, 'x'])).toMatchObject({
      refused: { code: 'unresolved-substitution' },
    });
  });

  it('is what no value could make one', () => {
    expect(compileFilter(['sort', '--nosuch', { template: [{ parameter: 'x' }] }])).toMatchObject({
      refused: { code: 'unknown-flag' },
    });
  });
});

describe('a loop over an array of awk', () => {
  const loop = 'END { for (k in c) print c[k], k }';

  it.each<[string[][]]>([
    [[['awk', loop]]],
    [[['awk', loop], ['head']]],
    [
      [
        ['awk', loop],
        ['sort', '-s'],
      ],
    ],
    [
      [
        ['awk', loop],
        ['sort', '-u', '-k1,1'],
      ],
    ],
    [[['awk', 'END { for (k in c) printf "%s ", k }'], ['sort']]],
    [[['awk', 'END { for (k in c) last = k; print last }']]],
    [[['awk', 'END { for (k in c) print ++n, k }'], ['sort']]],
  ])('%j shows an order that is not defined', (commands) => {
    expect(pipelineProblem(commands.map(filterOf))).toMatchObject({ refused: { code: 'not-exact' } });
  });

  it.each<[string[][]]>([
    [
      [
        ['awk', loop],
        ['sort', '-rn'],
        ['head', '-5'],
      ],
    ],
    [
      [
        ['awk', loop],
        ['wc', '-l'],
      ],
    ],
    [[['awk', 'END { for (k in c) n += c[k]; print n }']]],
  ])('%j shows none', (commands) => {
    expect(pipelineProblem(commands.map(filterOf))).toBeUndefined();
  });
});
