/** A step's button: read it, or ask for a plan; when parameters are missing, a form first. */
import { isRead, type Parameter } from '../../domain/action.ts';
import type { Service } from '../../domain/policy.ts';
import type { ActionStep } from '../../domain/runbook.ts';
import type { StepPlace } from '../../domain/view.ts';
import { bindAction } from '../../runbook/bind.ts';
import type { Form, FormField, Interactions } from '../interactions.ts';
import type { Ledger, LedgerTransaction } from '../ledger.ts';
import { messageKey, placeText } from '../messages.ts';
import type { Cluster, World } from '../ports.ts';
import type { Reach } from '../reach.ts';
import { type Found, lookUpsOf, runLookUps } from '../look-up.ts';
import { prefill } from '../prefill.ts';
import { isAction, namespaceOf, type PlacedStep, placedStep } from '../steps.ts';
import { askForPlan } from './ask-for-plan.ts';
import { type Door, refused } from './door.ts';

/** Slack gives a trigger 3 s; the cluster gets less. */
const choicesTimeoutMs = 1_500;
const lookUpTextLimit = 64 * 1024;

type Parts = World & { ledger: Ledger; door: Door; reachOf: (service: Service) => Reach };
type Usable = PlacedStep & { readonly step: ActionStep };

export function createStepGestures(parts: Parts): Pick<Interactions, 'useStep' | 'submitStep'> {
  const { ledger, services, newId, door, reachOf, clock } = parts;

  async function usable(place: StepPlace, user: string): Promise<Usable | { text: string }> {
    const placed = await ledger.transaction((tx) => placedStep(tx, place, services));
    if (!placed) return { text: 'This step is no longer configured. Post the runbook again with /runbook.' };
    const { step } = placed;
    if (!isAction(step)) return { text: `This step is for a person to do: ${step.reason.text}` };
    const objection = await door.objection(placed.service, user);
    return objection ? { text: objection } : { ...placed, step };
  }

  const guessFor = (parameter: Parameter, { alerts, posting }: Usable) =>
    prefill(parameter, alerts, posting.parameters, clock.now());

  async function fieldOf(
    parameter: Parameter,
    placed: Usable,
    lookUps: Promise<ReadonlyMap<string, Found>>,
  ): Promise<FormField> {
    const guess = guessFor(parameter, placed);
    const [{ choices, note }, found] = await Promise.all([
      choicesFor(parameter, reachOf(placed.service).cluster, namespaceOf(placed)),
      lookUps,
    ]);
    const looked = found.get(parameter.name);
    if (looked) return lookedUp(parameter, looked, choices);
    const isExample =
      parameter.from === 'literal' &&
      choices.length > 0 &&
      guess?.value === parameter.default &&
      !choices.includes(guess?.value ?? '');
    return {
      name: parameter.name,
      type: parameter.type,
      choices,
      ...(guess && !isExample ? { initial: guess.value, initialFrom: `from ${guess.from}` } : {}),
      ...(note ? { note } : {}),
    };
  }

  async function lookUpsFor(placed: Usable, user: string): Promise<ReadonlyMap<string, Found>> {
    const { service, step, posting } = placed;
    const known = step.parameters.flatMap((parameter): [string, string][] => {
      const guess = guessFor(parameter, placed);
      return guess ? [[parameter.name, guess.value]] : [];
    });
    const names = lookUpsOf(step.parameters, Object.fromEntries(known));
    // Before they are run: a look-up may be a command in a container.
    if (names.length > 0) {
      await ledger.transaction((tx) =>
        tx.journal({
          kind: 'step.looked-up',
          actor: user,
          ...(posting.incidentId ? { incidentId: posting.incidentId } : {}),
          data: { step: step.id, names },
        }),
      );
    }
    return runLookUps(step, Object.fromEntries(known), reachOf(service), {
      defaultNamespace: service.namespaces[0] ?? 'default',
      allowedNamespaces: service.namespaces,
      signal: AbortSignal.timeout(choicesTimeoutMs),
      textLimit: lookUpTextLimit,
    });
  }

  /** Literal names are asked for only when the live object is not there; else the values to use, and no form. */
  async function formFor(placed: Usable, user: string): Promise<Form | { values: Readonly<Record<string, string>> }> {
    const { step } = placed;
    if (step.parameters.length === 0) return { values: {} };
    const lookUps = lookUpsFor(placed, user);
    const fields = await Promise.all(step.parameters.map((parameter) => fieldOf(parameter, placed, lookUps)));
    const settled = step.parameters.every((parameter, index) => {
      const field = fields[index];
      return parameter.from === 'literal' && field?.initial !== undefined && field.choices.includes(field.initial);
    });
    if (settled) return { values: Object.fromEntries(fields.map(({ name, initial = '' }) => [name, initial])) };
    return { place: placed.place, title: step.label, source: step.source, fields };
  }

  async function accept(
    tx: LedgerTransaction,
    placed: Usable,
    user: string,
    parameters: Readonly<Record<string, string>>,
  ) {
    const { place, posting, step } = placed;
    const stepKey = messageKey.step(place);
    if (await tx.message(stepKey)) await tx.touchMessage(stepKey, 'status');
    else
      await tx.putMessage(
        { key: stepKey, kind: 'step', subject: placeText(place), channel: posting.channel },
        'status',
      );
    if (isRead(step.action)) {
      const id = newId('read');
      await tx.insertReading({ id, ...place, parameters, requestedBy: user, state: 'waiting' });
      await tx.enqueue({ kind: 'read-step', subject: id, lane: 'status' });
    } else {
      const id = newId('ask');
      const at = { channel: posting.channel, threadKey: stepKey };
      await askForPlan(tx, { id, ...place, parameters, requestedBy: user }, at);
    }
    const card = messageKey.posting(posting.id);
    await tx.touchMessage(card, 'status');
    return { kind: 'accepted' as const, refresh: [card] };
  }

  return {
    async useStep(gesture) {
      const placed = await usable(gesture.place, gesture.user);
      if ('text' in placed) return refused(placed.text);
      const form = await formFor(placed, gesture.user);
      if (!('values' in form)) return { kind: 'form', form };
      return door.once(gesture, 'step', (tx) => accept(tx, placed, gesture.user, form.values));
    },

    async submitStep(gesture) {
      const placed = await usable(gesture.place, gesture.user);
      if ('text' in placed) return refused(placed.text);
      const { step } = placed;
      const bound = bindAction(step.action, step.parameters, gesture.values);
      if (!bound.ok)
        return {
          kind: 'errors',
          errors: Object.fromEntries(bound.problems.map(({ parameter, text }) => [parameter, text])),
        };
      return door.once(gesture, 'step', (tx) => accept(tx, placed, gesture.user, gesture.values));
    },
  };
}

/** One value is filled in, several are the choices. */
function lookedUp({ name, type }: Parameter, { values, note }: Found, live: readonly string[]): FormField {
  const [only, ...others] = values;
  if (only === undefined) return { name, type, choices: live, ...(note !== undefined && { note }) };
  if (others.length > 0 || note !== undefined) {
    return { name, type, choices: values, note: note ?? `The runbook's look-up found ${values.length}.` };
  }
  return {
    name,
    type,
    choices: [...new Set([only, ...live])],
    initial: only,
    initialFrom: "from the runbook's look-up",
  };
}

/** Live names; a cluster that is slow or away leaves a text field and says so. */
async function choicesFor(
  parameter: Parameter,
  cluster: Cluster,
  namespace: string,
): Promise<{ choices: readonly string[]; note?: string }> {
  const timeout = new Promise<undefined>((resolve) => {
    setTimeout(() => resolve(undefined), choicesTimeoutMs).unref();
  });
  const choices = await Promise.race([
    cluster.candidates(parameter.type, { namespace }).catch(() => undefined),
    timeout,
  ]);
  return choices
    ? { choices }
    : { choices: [], note: 'The cluster could not be asked for names just now; type the name.' };
}
