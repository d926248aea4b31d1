/** `firebreak explain FILE:LINE` */
import { isRead, readsOf } from '../domain/action.ts';
import type { Procedure, Step } from '../domain/runbook.ts';
import { textOf } from '../runbook/kubectl/flags.ts';
import { requestsOf } from '../runbook/requests.ts';
import { readScript } from '../runbook/shell/shell.ts';
import { compileNamed } from './read-file.ts';
import { parseFlags, UsageError } from './usage.ts';
import { visible } from './visible.ts';

const help = `Usage: firebreak explain FILE:LINE [--json]

Says how one line of a runbook was read: the words as a shell would pass them on, the action they became, what is left open,
its class, and the requests it would send; or why it stays with a person.

Exit code 0, 3 when the line stays manual, 1 when there is no command on it or the file cannot be read.
`;

export const explain = {
  help,
  async run(args: string[]): Promise<number> {
    const { values, positionals } = parseFlags({
      args,
      options: { json: { type: 'boolean' } },
      allowPositionals: true,
    });
    const { path, line } = placeOf(positionals);
    const { procedures } = await compileNamed(path);
    const found = procedures.flatMap((procedure) =>
      procedure.steps.filter((step) => step.line <= line && line <= step.endLine).map((step) => ({ procedure, step })),
    );
    if (found.length === 0) {
      const near = nearest(procedures, line);
      const hint = near === undefined ? 'The file has none.' : `The nearest is on line ${near}.`;
      process.stderr.write(`There is no command on line ${line} of ${path}. ${hint}\n`);
      return 1;
    }
    const explained = found.map(({ procedure, step }) => explanationOf(procedure, step));
    process.stdout.write(
      values.json
        ? `${JSON.stringify(explained, null, 2)}\n`
        : visible(explained.map((each) => inWords(path, each)).join('\n')),
    );
    return found.some(({ step }) => step.kind === 'manual') ? 3 : 0;
  },
};

function placeOf(positionals: readonly string[]): { path: string; line: number } {
  const [place = '', ...others] = positionals;
  // Compilers and editors write a column behind the line.
  const [, path, line] = /^(.+?):([1-9]\d{0,6})(?::\d{1,6})?$/.exec(place) ?? [];
  if (path === undefined || line === undefined || others.length > 0)
    throw new UsageError('Name one place, as in runbooks/web.md:12.');
  return { path, line: Number(line) };
}

function nearest(procedures: readonly Procedure[], line: number): number | undefined {
  const distance = (step: Step): number => Math.min(Math.abs(step.line - line), Math.abs(step.endLine - line));
  return procedures.flatMap(({ steps }) => steps).sort((a, b) => distance(a) - distance(b))[0]?.line;
}

type Explanation = {
  readonly procedure: string;
  readonly step: Step;
  /** The programs of the unit, each as its words; `<name>` is a value from outside. Empty for prose. */
  readonly commands: readonly (readonly string[])[];
  readonly requests: readonly { readonly when: string; readonly text: string }[];
};

function explanationOf(procedure: Procedure, step: Step): Explanation {
  const isProse = step.kind === 'manual' && step.prose === true;
  const isQuery = step.kind === 'action' && step.action.type === 'query';
  return {
    procedure: `${procedure.id} (${procedure.title})`,
    step,
    commands: isProse || isQuery ? [] : wordsOf(step.source),
    requests: step.kind === 'action' ? requestsOf(step.action) : [],
  };
}

const wordsOf = (source: string): string[][] =>
  readScript(source).units.flatMap(({ shape }) =>
    'commands' in shape ? shape.commands.map(({ words, rough }) => (words ? words.map(textOf) : [...rough])) : [],
  );

function inWords(path: string, { procedure, step, commands, requests }: Explanation): string {
  const lines = [`${path}:${step.line}  ${procedure}, ${step.phase}`, ''];
  const say = (name: string, texts: readonly string[]): void => {
    for (const [index, text] of texts.entries()) lines.push(`  ${(index === 0 ? name : '').padEnd(12)} ${text}`);
  };
  say('source', step.source.split('\n'));
  say('label', [step.label]);
  if (step.condition !== undefined) say('condition', [step.condition]);
  say(
    'words',
    commands.map((words) =>
      words.map((word) => (/^[\w./:=@%+<>,-]+$/.test(word) ? word : JSON.stringify(word))).join('  '),
    ),
  );
  if (step.kind === 'manual') {
    say('manual', [`${step.reason.code}: ${step.reason.text}`]);
    return `${lines.join('\n')}\n`;
  }
  const { action, parameters } = step;
  say('action', [action.type, ...fieldsOf(action)]);
  say('class', [`${step.class}${step.live === true ? ', or more when the live object says so' : ''}`]);
  say(
    'parameters',
    parameters.map(
      ({ name, type, from, default: value }) =>
        `${name}: ${type}, from a ${from}${value === undefined ? '' : `, ${JSON.stringify(value)} unless another is given`}`,
    ),
  );
  if (isRead(action)) {
    say(
      'filters',
      readsOf(action).flatMap((each) => (each.filters ?? []).map((filter) => JSON.stringify(filter))),
    );
  }
  say(
    'requests',
    requests.map(({ when, text }) => (when === 'read' ? text : `${when}: ${text}`)),
  );
  return `${lines.join('\n')}\n`;
}

/** What the action holds, without what is said elsewhere. */
function fieldsOf(action: object): string[] {
  return Object.entries(action)
    .filter(([key]) => key !== 'type' && key !== 'filters')
    .map(([key, value]) => `  ${key} ${JSON.stringify(value)}`);
}
