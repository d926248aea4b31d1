/** `/runbook`, `/incident`, picking a procedure, and the incident card's buttons. */
import { isRead } from '../../domain/action.ts';
import type { Incident } from '../../domain/incident.ts';
import type { Service } from '../../domain/policy.ts';
import { type Candidate, searchProcedures } from '../../runbook/match.ts';
import type { Gesture, Interactions, ProcedureCandidate } from '../interactions.ts';
import type { Ledger, LedgerTransaction } from '../ledger.ts';
import { messageKey } from '../messages.ts';
import { notice, postProcedure, startDiagnosis } from '../post-runbook.ts';
import type { Runbooks, World } from '../ports.ts';
import { isAction } from '../steps.ts';
import { type Door, refused } from './door.ts';

const candidatesMax = 8;
const runbookHelp =
  'Usage: /runbook NAME posts a procedure here; NAME is an alias, an id such as INC-004, or a few words to search for.';
const incidentHelp =
  'Usage, in an incident’s channel: /incident status · /incident ack (you take it) · /incident resolve · /incident help.';

type Parts = World & { ledger: Ledger; door: Door; runbooks: Runbooks };
type Found = Candidate & { readonly service: Service };

export function createCommandGestures(
  parts: Parts,
): Pick<Interactions, 'runbookCommand' | 'incidentCommand' | 'chooseProcedure' | 'acknowledge' | 'resolve' | 'note'> {
  const { ledger, services, newId, door, runbooks } = parts;

  /** The channel's own service first; an exact hit in any service beats every fuzzy one. */
  async function search(query: string, channel: string): Promise<{ exact: Found[]; fuzzy: Found[] }> {
    const incident = await ledger.transaction((tx) => tx.incidentOfChannel(channel));
    const ordered = services.toSorted(
      (a, b) => Number(b.name === incident?.service) - Number(a.name === incident?.service),
    );
    const exact: Found[] = [];
    const fuzzy: Found[] = [];
    for (const service of ordered) {
      const found = await runbooks.of(service);
      for (const match of searchProcedures(query, found.runbooks, service.aliases)) {
        (match.exact ? exact : fuzzy).push({ ...match, service });
      }
    }
    return { exact, fuzzy };
  }

  const candidateOf = ({ service, runbook, procedure }: Found): ProcedureCandidate => ({
    service: service.name,
    runbookDigest: runbook.digest,
    procedureId: procedure.id,
    title: procedure.title,
    path: runbook.path,
  });

  async function post(gesture: Gesture, found: Found, incidentId?: string) {
    const objection = await door.objection(found.service, gesture.user);
    if (objection) return refused(objection);
    return door.once(gesture, 'runbook', async (tx) => {
      const incident = incidentId ? await tx.incident(incidentId) : await tx.incidentOfChannel(gesture.channel);
      const own = incident?.service === found.service.name ? incident : undefined;
      const posted = await postProcedure(tx, newId, {
        runbook: found.runbook,
        procedure: found.procedure,
        service: found.service.name,
        channel: gesture.channel,
        requestedBy: gesture.user,
        ...(own ? { incidentId: own.id } : {}),
      });
      if (own && incidentId) {
        await startDiagnosis(tx, newId, { posted, procedure: found.procedure, incidentId });
        await tx.touchMessage(messageKey.choice(incidentId), 'status');
      }
      if (own) await tx.touchMessage(messageKey.incident(own.id), 'chatter');
      return {
        kind: 'accepted' as const,
        refresh: [],
        text: `Posting “${found.procedure.title}” (${describeSteps(found)}).`,
      };
    });
  }

  async function overview(): Promise<string> {
    const lines: string[] = [];
    for (const service of services) {
      const aliases = Object.keys(service.aliases);
      const { runbooks: found, problems } = await runbooks.of(service);
      const count = found.reduce((sum, runbook) => sum + runbook.procedures.length, 0);
      lines.push(`${service.name}: ${count} procedures${aliases.length > 0 ? `; aliases ${aliases.join(', ')}` : ''}`);
      for (const problem of problems) lines.push(`  could not be read: ${problem}`);
    }
    return [runbookHelp, ...lines].join('\n');
  }

  async function transition(gesture: Gesture, incidentId: string, to: 'acknowledged' | 'resolved') {
    const incident = await ledger.transaction((tx) => tx.incident(incidentId));
    const service = services.find((candidate) => candidate.name === incident?.service);
    if (!incident || !service) return refused('This incident is no longer known.');
    const objection = await door.objection(service, gesture.user);
    if (objection) return refused(objection);

    return door.once(gesture, to, async (tx) => {
      await tx.lock(`incident:${incident.key}`);
      const now = await tx.incident(incidentId);
      if (!now) return refused('This incident is no longer known.');
      if (now.state === to || now.state === 'resolved')
        return refused(`Incident ${now.number} is already ${now.state}.`);
      await change(tx, now, gesture.user, to);
      return { kind: 'accepted' as const, refresh: [messageKey.incident(incidentId)] };
    });
  }

  async function change(
    tx: LedgerTransaction,
    incident: Incident,
    user: string,
    to: 'acknowledged' | 'resolved',
  ): Promise<void> {
    if (to === 'acknowledged') await tx.updateIncident(incident.id, { state: to, acknowledgedBy: user });
    else await tx.updateIncident(incident.id, { state: to, resolvedAt: await tx.now() });
    await tx.journal({ kind: `incident.${to}`, incidentId: incident.id, actor: user, data: {} });
    await tx.touchMessage(messageKey.incident(incident.id), 'status');
    if (incident.clearedAt)
      await tx.touchMessage(messageKey.resolveOffer({ id: incident.id, clearedAt: incident.clearedAt }), 'status');
    if (incident.channel && to === 'resolved')
      await notice(tx, newId, incident.channel, `Incident ${incident.number} is resolved.`);
    await tx.enqueue({ kind: 'furnish-channel', subject: incident.id, lane: 'chatter', coalesce: true });
  }

  async function status(channel: string) {
    return ledger.transaction(async (tx) => {
      const incident = await tx.incidentOfChannel(channel);
      if (!incident) return refused(`This channel has no incident. ${incidentHelp}`);
      const { firing, total } = await tx.alertsOf(incident.id, 0);
      const text = `Incident ${incident.number} (${incident.severity}, ${incident.service}) is ${incident.state}; ${firing} of ${total} alerts firing.`;
      return { kind: 'accepted' as const, refresh: [messageKey.incident(incident.id)], text };
    });
  }

  return {
    async runbookCommand(gesture) {
      const query = gesture.text.trim().slice(0, 200);
      if (query === '' || query === 'help') return { kind: 'accepted', refresh: [], text: await overview() };
      const { exact, fuzzy } = await search(query, gesture.channel);
      const [first, second] = exact.length > 0 ? exact : fuzzy;
      if (!first) return refused(`No procedure matches “${query}”. /runbook alone lists what there is.`);
      if (exact.length === 1 || (exact.length === 0 && !second)) return post(gesture, first);
      const candidates = (exact.length > 0 ? exact : fuzzy).slice(0, candidatesMax);
      await ledger.transaction(async (tx) => {
        for (const { runbook } of candidates) await tx.saveRunbook(runbook);
      });
      return {
        kind: 'choose',
        text: `Several procedures match “${query}”. Which one?`,
        candidates: candidates.map(candidateOf),
      };
    },

    async incidentCommand(gesture) {
      const verb = gesture.text.trim().toLowerCase();
      if (verb === 'status' || verb === '') return status(gesture.channel);
      if (verb !== 'ack' && verb !== 'resolve') return { kind: 'accepted', refresh: [], text: incidentHelp };
      const incident = await ledger.transaction((tx) => tx.incidentOfChannel(gesture.channel));
      if (!incident) return refused(`This channel has no incident. ${incidentHelp}`);
      return transition(gesture, incident.id, verb === 'ack' ? 'acknowledged' : 'resolved');
    },

    async chooseProcedure(gesture) {
      const runbook = await ledger.transaction((tx) => tx.runbook(gesture.runbookDigest));
      const procedure = runbook?.procedures.find((candidate) => candidate.id === gesture.procedureId);
      const service = await serviceHolding(gesture.runbookDigest);
      if (!runbook || !procedure || !service)
        return refused('This runbook has changed since; search again with /runbook.');
      return post(gesture, { runbook, path: runbook.path, procedure, service }, gesture.incidentId);
    },

    acknowledge: (gesture) => transition(gesture, gesture.incidentId, 'acknowledged'),
    resolve: (gesture) => transition(gesture, gesture.incidentId, 'resolved'),
    async note(gesture) {
      await door.once(gesture, gesture.event.slice(0, 100), async () => undefined);
    },
  };

  /** The digest is of a file's text, so it names the service whose file it is, as long as the file stays the same. */
  async function serviceHolding(digest: string): Promise<Service | undefined> {
    for (const service of services) {
      if ((await runbooks.of(service)).runbooks.some((runbook) => runbook.digest === digest)) return service;
    }
    return undefined;
  }
}

function describeSteps({ procedure }: Found): string {
  const actions = procedure.steps.filter(isAction);
  const reads = actions.filter((step) => isRead(step.action)).length;
  return `${reads} reads, ${actions.length - reads} changes, ${procedure.steps.length - actions.length} for a person`;
}
