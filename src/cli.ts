/** Dispatches commands. Exit codes: 0 fine, 1 findings or a run that did not succeed, 2 usage, 3 manual; a read exits as its chain would. */
import { OperationError } from './domain/errors.ts';
import { UsageError } from './cli/usage.ts';
import { visible } from './cli/visible.ts';

const help = `Firebreak: runbooks that ask before they act.

  firebreak serve [--role edge,worker]      run the bot (needs DATABASE_URL, SLACK_BOT_TOKEN, and a way in: see its help)
  firebreak manifest --http URL | --socket  the Slack app's manifest, for “Create an app from a manifest”
  firebreak demo [--script]                 try it: a page to click through, or one story in this terminal; needs nothing else
  firebreak compile FILE… [--json]          what the runbooks compile to, and why the rest stays manual
  firebreak lint PATH… [options]            what would go wrong with these runbooks when somebody needs them
  firebreak explain FILE:LINE               how one line was read, and the requests it would send
  firebreak plan  [options] -- COMMAND      preview one command against your cluster; writes nothing
  firebreak apply [options] -- COMMAND      plan it and, with --yes, run it as you
  firebreak rbac [options]                  the least-privilege Roles that the runbooks need, for kubectl apply -f -
  firebreak doctor [--json]                 is everything there that serve needs, and what to do about what is not
  firebreak journal verify                  check the hash chain of the journal (needs DATABASE_URL)
  firebreak help [COMMAND]

Exit codes: 0 fine, 1 findings or a run that did not succeed, 2 usage, 3 the command stays manual; a read exits as its chain would.
`;

type Command = { readonly help: string; run(args: string[]): Promise<number> };

/** Loaded one at a time: a read should not wait for Slack's library. */
const commands: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import('./cli/serve.ts')).serve,
  demo: async () => (await import('./cli/demo.ts')).demo,
  compile: async () => (await import('./cli/compile.ts')).compile,
  lint: async () => (await import('./cli/lint.ts')).lint,
  explain: async () => (await import('./cli/explain.ts')).explain,
  plan: async () => (await import('./cli/apply.ts')).plan,
  apply: async () => (await import('./cli/apply.ts')).apply,
  manifest: async () => (await import('./cli/manifest.ts')).manifest,
  rbac: async () => (await import('./cli/rbac.ts')).rbac,
  doctor: async () => (await import('./cli/doctor.ts')).doctor,
  journal: async () => (await import('./cli/journal.ts')).journal,
};

export async function run(argv: string[]): Promise<void> {
  process.exitCode = await dispatch(argv);
}

async function dispatch(argv: string[]): Promise<number> {
  const [name = 'help', ...rest] = argv;
  const asksHelp = name === 'help' || name === '--help' || name === '-h';
  const wanted = asksHelp ? rest[0] : name;
  if (wanted === undefined) {
    process.stdout.write(help);
    return 0;
  }
  const load = Object.hasOwn(commands, wanted) ? commands[wanted] : undefined;
  if (!load) {
    process.stderr.write(`There is no command ${JSON.stringify(wanted)}.\n\n${help}`);
    return 2;
  }
  const command = await load();
  const own = rest.slice(0, rest.includes('--') ? rest.indexOf('--') : undefined);
  if (asksHelp || own.includes('--help') || own.includes('-h')) {
    process.stdout.write(command.help);
    return 0;
  }
  try {
    return await command.run(rest);
  } catch (error) {
    return report(error, wanted, command);
  }
}

function report(error: unknown, name: string, command: Command): number {
  if (error instanceof UsageError) {
    // The whole help would push the reason out of a small terminal.
    const [usage = ''] = command.help.split('\n\n', 1);
    process.stderr.write(`${error.message}\n\n${usage.trimEnd()}\n\n“firebreak help ${name}” says more.\n`);
    return 2;
  }
  if (error instanceof OperationError) {
    process.stderr.write(`${visible(error.message)}\n`);
    return error.code === 'config-invalid' ? 2 : 1;
  }
  throw error;
}
