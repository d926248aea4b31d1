/** Values in the words of a command in a container stay values: no flag, no code, no comment. */
import { describe, expect, it } from '@jest/globals';
import { bindAction } from '../../src/runbook/bind.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';

/** The last step of a runbook with these commands. */
function lastStep(commands: string) {
  const runbook = compileRunbook(`# T\n\n\`\`\`bash\n${commands}\n\`\`\`\n`, { path: 't.md' });
  return runbook.procedures[0]?.steps.at(-1);
}

/** The bound words of the command, or the sentence that says why not. */
function bind(commands: string, values: Record<string, string>): readonly string[] | string {
  const step = lastStep(commands);
  if (step?.kind !== 'action') throw new Error(`not an action: ${JSON.stringify(step)}`);
  const bound = bindAction(step.action, step.parameters, values);
  if (!bound.ok) return bound.problems.map(({ parameter, text }) => `${parameter}: ${text}`).join(' ');
  const { action } = bound;
  return action.type === 'exec' || action.type === 'exec-read' ? action.argv : action.type;
}
const exec = (command: string): string => `kubectl exec web-1 -- ${command}`;

const outside = [
  'x; reboot',
  'x y',
  'x|y',
  'x&y',
  '$(reboot)',
  '`reboot`',
  '$HOME',
  "x'y",
  'x"y',
  'x\\y',
  'x>y',
  'x<y',
  'x*',
  'x?',
  'x[a]',
  'x{a,b}',
  '~',
  '!x',
  'x#y',
  'x(y)',
  'x^y',
  'é',
];
const coded = [
  "sh -c 'ls <p>'",
  'sh -c "ls <p>"',
  'bash -lc "cd /x && ls \'<p>\'"',
  'python -c "print(\'<p>\')"',
  'psql -c "select * from t where name = \'<p>\'"',
  'mysql -e "kill <p>"',
  "awk '/<p>/ {print $1}' /var/log/x",
  'perl -ne "print if /<p>/" x',
  'find / -name "*<p>*"',
  'timeout 5 sh -c "ls <p>"',
];

describe('a value inside of a program text', () => {
  it.each(coded)('of `%s` holds no character of any shell or script', (command) => {
    const taken = outside.filter((value) => typeof bind(exec(command), { p: value }) !== 'string');

    expect(taken).toEqual([]);
    expect(bind(exec(command), { p: 'a.b:c@d_1%2+3=4' })).toBeInstanceOf(Array);
    expect(bind(exec(command), { p: '' })).toBe('p: p needs a value.');
  });

  it.each<[string, string, string]>([
    ["sh -c 'ls <p>'", '-rf', 'would be a flag'],
    ['psql -c "delete from t where id=<p> and tenant=3"', '1--', 'would begin a comment'],
    ['psql -c "delete from t where id=<p>-1 and tenant=3"', '5-', 'would begin a comment'],
    ['node -e "f(<p>, 2)"', '1//', 'would begin a comment'],
    ['node -e "f(<p>, 2)"', '//', 'would begin a comment'],
    ['sed -n "s/<p>/b/p" /x', 'x/y', 'has a slash'],
    ["sed -n 's/a/<p>/' /x", 'b/w', 'has a slash'],
    ['sh -c "sed -n \'s/a/<p>/\' /x"', 'b/w', 'has a slash'],
    ["awk '/<p>/' /x", 'a/', 'has a slash'],
  ])('%s is not given %j', (command, value, text) => {
    expect(bind(exec(command), { p: value })).toContain(text);
  });

  it('may be a path or an address', () => {
    expect(bind(exec("sh -c 'ls <p>'"), { p: '/var/lib/x-1' })).toEqual(['sh', '-c', 'ls /var/lib/x-1']);
    expect(bind(exec("sh -c 'wget -qO- <p>'"), { p: 'http://a.b:80/c' })).toEqual([
      'sh',
      '-c',
      'wget -qO- http://a.b:80/c',
    ]);
  });

  it('is the document’s own where nobody gives another', () => {
    expect(bind(`P="/a /b"\n${exec('sh -c "ls $P"')}`, {})).toEqual(['sh', '-c', 'ls /a /b']);
    expect(bind(`P="/a /b"\n${exec('sh -c "ls $P"')}`, { P: '/a; reboot' })).toContain('cannot stand inside');
  });
});

describe('a value that is part of a word, or a whole word', () => {
  it.each<[string, string, string]>([
    ['ls <p>', '-R', 'would be a flag'],
    ['ls <p>', '--help', 'would be a flag'],
    ['kill <p>', '-9', 'would be a flag'],
    ['redis-cli del <p>', '-x', 'would be a flag'],
    ['app --file=<p>', 'a b', 'cannot stand inside'],
    ['app --file=<p>', 'a;b', 'cannot stand inside'],
    ['ls /var/log/<p>', '$(x)', 'cannot stand inside'],
  ])('%s is not given %j', (command, value, text) => {
    expect(bind(exec(command), { p: value })).toContain(text);
  });

  it('is passed on as it is', () => {
    expect(bind(exec('redis-cli del <p>'), { p: 'a b; c' })).toEqual(['redis-cli', 'del', 'a b; c']);
    expect(bind(exec('ls /var/log/<p>'), { p: 'nginx/a--b.log' })).toEqual(['ls', '/var/log/nginx/a--b.log']);
    expect(bind('oc rsh web-1 kill <p>', { p: '12' })).toEqual(['kill', '12']);
    expect(bind(exec('psql -p <port> -c "select 1"'), { port: '5432' })).toEqual([
      'psql',
      '-p',
      '5432',
      '-c',
      'select 1',
    ]);
  });

  it('is looked at in every link of a chain', () => {
    const chain = `kubectl get pods && ${exec('ls <p>')}`;

    expect(bind(chain, { p: '/x' })).toBe('chain');
    expect(bind(chain, { p: '-R' })).toContain('would be a flag');
  });
});

describe('a program text whose program is open', () => {
  it.each([
    "sh -c '<p>'",
    'bash -c "$CMD"',
    'sh -lc "<p> --all"',
    'sh -c "cd /x && <p>"',
    'sh -c "ls; <p> x"',
    'sh -c "ls | <p>"',
    'sh -c "echo $(<p>)"',
    'sh -c "if true; then <p>; fi"',
    'timeout 5 sh -c "$CMD"',
    'python -c "$CODE"',
    'python3 -c <p>',
    'node -e <p>',
    'psql -c "$QUERY"',
    'psql --command=<p>',
    'mysql -e<p>',
    'mongo --eval <p>',
    'clickhouse-client -q <p>',
    'php -r <p>',
    'env <p> x',
    'env A=1 <p>',
    'timeout 5 <p>',
    'sudo -u app <p>',
  ])('`%s` stays manual', (command) => {
    expect(lastStep(exec(command))).toMatchObject({ kind: 'manual', reason: { code: 'unresolved-substitution' } });
  });

  it.each([
    "sh -c 'echo <p>'",
    'sh /scripts/<p>.sh',
    "sh -c 'ls $1' sh <p>",
    'env A=<p> date',
    'timeout <p> date',
    'mysql -p <p> -e "select 1"',
  ])('`%s` has one that is written out', (command) => {
    expect(lastStep(exec(command))).toMatchObject({ kind: 'action' });
  });
});

describe('a value that leads to a Secret', () => {
  const token = '/var/run/secrets/kubernetes.io/serviceaccount/token';

  it.each([
    ['ls <p>', token],
    ['du -sh /var/<p>', 'run/secrets'],
    ['cat <p>', token],
    ['cat /var/run/<p>/db/password', 'secrets'],
    ["sh -c 'cat <p>'", token],
  ])('is refused in `%s`, as it is when it is written out', (command, value) => {
    expect(bind(exec(command), { p: value })).toContain('reaches into the mount of a Secret');
    expect(bind(exec(command), { p: 'tmp' })).toBeInstanceOf(Array);
    expect(lastStep(exec(command.replace('<p>', value)))).toMatchObject({
      kind: 'manual',
      reason: { code: 'never-run' },
    });
  });

  it('is refused when the runbook itself assigns it', () => {
    expect(bind(`F=${token}\n${exec('cat "$F"')}`, {})).toContain('reaches into the mount of a Secret');
  });
});
