/** `firebreak plan` and `firebreak apply`: one command by an operator, with their own kubeconfig. */
import { existsSync } from 'node:fs';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { createDocker } from '../adapters/docker/docker.ts';
import { createHttpProbe } from '../adapters/http-probe/probe.ts';
import { connectCluster } from '../adapters/kubernetes/cluster.ts';
import { type Action, isRead, readsOf } from '../domain/action.ts';
import type { EachAction } from '../domain/change-action.ts';
import { type WaveSize, waveText } from '../domain/waves.ts';
import { newId } from '../flow/new-id.ts';
import { fieldText, objectName, shortDigest, shownChanges } from '../domain/plan.ts';
import { createLog } from '../log.ts';
import {
  createOperator,
  isReadAction,
  type Operator,
  type OperatorJournal,
  type OperatorPlan,
  type OperatorRun,
} from '../flow/operate.ts';
import { bindAction } from '../runbook/bind.ts';
import { compileCommand, compileWords } from '../runbook/command.ts';
import { noJournal, withOperatorJournal } from './operator-journal.ts';
import { printedPlan } from './printed-plan.ts';
import { undoAdvice } from './undo-advice.ts';
import { parseFlags, UsageError } from './usage.ts';
import { visible } from './visible.ts';

const options = `
  --param NAME=VALUE   fill a placeholder of the command; may be repeated
  --kubeconfig FILE    default: $KUBECONFIG, else ~/.kube/config
  --context NAME       default: the kubeconfig's current context
  -n, --namespace NS   for commands that name none; default: the context's namespace
  --waves N|all        of several pods that are deleted: so many, then their replacements are waited for; default: 1
  --json               { "plan": …, "run": … }, or { "kind": "manual", "reason": … }

COMMAND is one argument (a whole pipeline) or words. A read prints what kubectl and its filters would print.
It acts with your kubeconfig, as kubectl would, never with the bot's.
`;

const planHelp = `Usage: firebreak plan [options] -- COMMAND

Resolves the command against your cluster and asks the server for a dry run. Writes nothing.
${options}`;

const applyHelp = `Usage: firebreak apply [options] --yes -- COMMAND

Plans the command, and with --yes runs it: your sole vote, for any class but forbidden. Reads need no --yes.
${options}  --wait SECONDS       afterwards watch the rollout this long; one that fails exits 1 and says what undo would do

With DATABASE_URL the run is journaled. Without it the run lives in this process: a kill leaves it unrecorded.
`;

type Flags = {
  readonly command: readonly string[];
  readonly parameters: Readonly<Record<string, string>>;
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly namespace: string | undefined;
  readonly json: boolean;
  readonly yes: boolean;
  readonly waitSeconds: number;
  readonly waves: WaveSize | undefined;
};

export const plan = { help: planHelp, run: (args: string[]) => operate(args, 'plan') };
export const apply = { help: applyHelp, run: (args: string[]) => operate(args, 'apply') };

function readFlags(args: string[], verb: 'plan' | 'apply'): Flags {
  const at = args.indexOf('--');
  if (at < 0 || at === args.length - 1)
    throw new UsageError(`Write the command after --, as in: firebreak ${verb} -- kubectl get pods`);
  const { values } = parseFlags({
    args: args.slice(0, at),
    options: {
      param: { type: 'string', multiple: true },
      kubeconfig: { type: 'string' },
      context: { type: 'string' },
      namespace: { type: 'string', short: 'n' },
      json: { type: 'boolean' },
      waves: { type: 'string' },
      ...(verb === 'apply' ? ({ yes: { type: 'boolean' }, wait: { type: 'string' } } as const) : {}),
    },
  });
  const parameters = (values.param ?? []).map((pair) => {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new UsageError(`--param wants NAME=VALUE, not ${JSON.stringify(pair)}.`);
    return [pair.slice(0, equals), pair.slice(equals + 1)] as const;
  });
  const waitSeconds = Number('wait' in values ? (values.wait ?? '0') : '0');
  if (!Number.isInteger(waitSeconds) || waitSeconds < 0)
    throw new UsageError('--wait wants a whole number of seconds.');
  return {
    command: args.slice(at + 1),
    parameters: Object.fromEntries(parameters),
    kubeconfig: values.kubeconfig,
    context: values.context,
    namespace: values.namespace,
    json: values.json ?? false,
    yes: 'yes' in values && values.yes === true,
    waitSeconds,
    waves: wavesOf(values.waves),
  };
}

function wavesOf(given: string | undefined): WaveSize | undefined {
  if (given === undefined || given === 'all') return given;
  if (!/^[1-9]\d{0,3}$/.test(given)) throw new UsageError('--waves wants a whole number of pods, or all.');
  return Number(given);
}

/** What was chosen goes with the command; one that deletes no pods has no order to choose. */
function inWaves(action: Action, waves: WaveSize | undefined): Action {
  if (waves === undefined) return action;
  const deletes = (one: Action | EachAction<string>['change']): boolean =>
    one.type === 'delete-pod' ||
    (one.type === 'each' && deletes(one.change)) ||
    (one.type === 'several' && one.changes.every(deletes));
  if (!deletes(action)) throw new UsageError('--waves is for commands that delete pods.');
  return action.type === 'each' || action.type === 'several' ? { ...action, waves } : action;
}

async function operate(args: string[], verb: 'plan' | 'apply'): Promise<number> {
  const flags = readFlags(args, verb);
  const [only] = flags.command;
  const compiled =
    flags.command.length === 1 && only !== undefined ? compileCommand(only) : compileWords(flags.command);
  if (compiled.kind === 'manual') {
    if (flags.json) print({ kind: 'manual', reason: compiled.reason });
    else process.stderr.write(`This stays with a person (${compiled.reason.code}): ${visible(compiled.reason.text)}\n`);
    return 3;
  }
  const bound = bindAction(compiled.action, compiled.parameters, flags.parameters);
  if (!bound.ok) {
    const problems = bound.problems.map(({ parameter, text }) => `  --param ${parameter}=…: ${text}`);
    throw new UsageError(`The command has parameters that need a value:\n${problems.join('\n')}`);
  }
  const action = inWaves(bound.action, flags.waves);
  const log = createLog({ level: 'error', to: 'stderr' });
  const cluster = connectCluster({
    name: flags.context ?? 'kubeconfig',
    log,
    isOperators: true,
    ...kubeconfigOf(flags),
    ...(flags.context === undefined ? {} : { context: flags.context }),
  });
  const clock = { now: () => new Date() };
  // The operator's own machine, and so the hosts and the Docker that it reaches; docker's own default.
  const docker = createDocker({ host: process.env['DOCKER_HOST'] || 'unix:///var/run/docker.sock', clock });
  const remotes = { http: createHttpProbe({ policy: { allow: 'any', map: {} } }), docker };
  const act = async (journal: OperatorJournal): Promise<number> => {
    const operator = createOperator({ cluster, remotes, clock, newId, journal });
    const namespace = flags.namespace ?? (needsCluster(action) ? await cluster.contextNamespace() : 'default');
    if (isReadAction(action)) return verb === 'plan' ? previewRead(flags) : read(operator, action, namespace, flags);
    return change(operator, action, namespace, flags, verb);
  };
  try {
    return verb === 'apply' && flags.yes
      ? await withOperatorJournal(`operator:${userInfo().username}`, log, act)
      : await act(noJournal);
  } finally {
    await Promise.all([cluster.close(), docker.close()]);
  }
}

const needsCluster = (action: Action): boolean =>
  (isRead(action) ? readsOf(action) : [action]).some(({ type }) => !/^(?:http-|docker-|echo$)/.test(type));

/** kubectl's order: the flag, $KUBECONFIG, the home folder's. */
function kubeconfigOf(flags: Flags): { kubeconfig?: string } {
  const home = join(homedir(), '.kube', 'config');
  if (flags.kubeconfig !== undefined) return { kubeconfig: flags.kubeconfig };
  return process.env['KUBECONFIG'] === undefined && existsSync(home) ? { kubeconfig: home } : {};
}

function previewRead(flags: Flags): number {
  if (flags.json) print({ plan: { class: 'read', command: flags.command.join(' ') } });
  else process.stdout.write('A read: no write request can result. Run it with firebreak apply -- …\n');
  return 0;
}

async function read(
  operator: Operator,
  action: Parameters<Operator['read']>[0],
  namespace: string,
  flags: Flags,
): Promise<number> {
  const answer = await operator.read(action, namespace);
  if (flags.json) {
    const outcome = answer.exitCode === 0 ? 'succeeded' : 'failed';
    print({ plan: { class: 'read', action }, run: { outcome, ...answer } });
  } else {
    const errorText = answer.errorText ?? '';
    process.stdout.write(answer.text.slice(0, answer.text.length - errorText.length));
    process.stderr.write(errorText);
    if (answer.truncated) process.stderr.write('The output was cut at 64 MiB.\n');
  }
  return answer.exitCode;
}

async function change(
  operator: Operator,
  action: Parameters<Operator['plan']>[0],
  namespace: string,
  flags: Flags,
  verb: 'plan' | 'apply',
): Promise<number> {
  const planned = await operator.plan(action, namespace);
  if (planned.kind !== 'planned') {
    const fine = planned.kind === 'no-change';
    if (flags.json)
      print({ run: { outcome: fine ? 'succeeded' : 'refused', exitCode: fine ? 0 : 1, text: planned.text } });
    else process.stderr.write(`${visible(planned.text)}\n`);
    return fine ? 0 : 1;
  }
  if (!flags.json) process.stdout.write(visible(describePlan(planned.plan)));
  if (verb === 'plan' || !flags.yes) {
    if (flags.json) print({ plan: printedPlan(planned.plan) });
    if (verb === 'apply') process.stderr.write('Nothing was done. Add --yes to run this plan.\n');
    return verb === 'plan' ? 0 : 2;
  }
  // What a script reads is on standard output alone.
  const tell = (text: string): void =>
    void (flags.json ? process.stderr : process.stdout).write(`  ${visible(text)}\n`);
  const run = await operator.apply(planned.plan, tell);
  if (flags.json) print({ plan: printedPlan(planned.plan), run });
  else process.stdout.write(describeRun(planned.plan, run));
  // What a command in a container did nobody can watch.
  if (run.outcome !== 'succeeded' || run.output !== undefined || flags.waitSeconds === 0) return run.exitCode;
  const state = await operator.watch(planned.plan, flags.waitSeconds * 1000, (text) =>
    process.stderr.write(`${visible(text)}\n`),
  );
  if (state === 'done') return 0;
  const what = state === 'rolling' ? `not verified within ${flags.waitSeconds} s` : 'verification failed';
  process.stderr.write(visible(`${what}; ${undoAdvice(planned.plan, action)}`));
  return 1;
}

const print = (value: object): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};

const podNamesMax = 5;

/** ` (web-4, web-3)`: those that go, or that are replaced. */
function namesOf({ pods, podNames }: OperatorPlan['affected']): string {
  const shown = podNames.slice(0, podNamesMax);
  return shown.length === 0 ? '' : ` (${shown.join(', ')}${pods > shown.length ? ', …' : ''})`;
}

function describePlan(found: OperatorPlan): string {
  const { target, affected, undo, preview } = found;
  const lines = [
    `Plan ${shortDigest(found.digest)} · ${found.class}${found.classReason ? ` (${found.classReason})` : ''}`,
    found.parts === undefined
      ? `  ${target.kind} ${objectName(target)} (${target.uid === '' ? 'new' : `uid ${target.uid}`}) on ${target.cluster}`
      : `  ${found.parts.length} ${found.parts.length === 1 ? 'object' : 'objects'} on ${target.cluster}, in this order:`,
    ...shownChanges(found).map(
      ({ label, before, after, masked }) =>
        `  ${label}: ${fieldText(before, masked === true)} → ${fieldText(after, masked === true)}`,
    ),
    ...(found.waves === undefined ? [] : [`  order: ${waveText(found.waves)}`]),
    `  pods affected: ${affected.pods}${namesOf(affected)}${affected.budgets.length > 0 ? `; ${affected.budgets.join('; ')}` : ''}`,
    ...found.warnings.map((warning) => `  warning: ${warning}`),
    `  undo: ${undo.kind === 'action' ? undo.text : `cannot be undone: ${undo.why}`}`,
    `  ${preview.kind === 'dry-run' ? 'the server accepted it as a dry run' : `no server preview: ${preview.why}`}`,
  ];
  return `${lines.join('\n')}\n`;
}

function describeRun(found: OperatorPlan, run: OperatorRun): string {
  const undo = run.outcome === 'succeeded' && found.undo.kind === 'action' ? `  undo: ${found.undo.text}\n` : '';
  const differences = run.differences.map((difference) => `  differs from the plan: ${difference}\n`).join('');
  const output = run.output === undefined || run.output === '' ? '' : run.output.replace(/\n?$/, '\n');
  const audit = `  Audit-ID ${run.auditIds.join(', ') || 'none, nothing was sent'}\n`;
  // A command's own output comes as it is, as kubectl exec prints it.
  return output + visible(`${run.outcome}: ${run.text}\n${differences}${undo}${audit}`);
}
