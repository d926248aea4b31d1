/** `/runbook`, and picking a procedure from a choice. */
import { isRead } from '../../domain/action.ts';
import type { Service } from '../../domain/policy.ts';
import { type Candidate, searchProcedures } from '../../runbook/match.ts';
import type { Gesture, Interactions, ProcedureCandidate } from '../interactions.ts';
import type { Ledger } from '../ledger.ts';
import { messageKey } from '../messages.ts';
import { postProcedure, startDiagnosis } from '../post-runbook.ts';
import type { SightOf } from '../home/sight.ts';
import type { Runbooks, World } from '../ports.ts';
import { isAction } from '../steps.ts';
import { type Door, refused } from './door.ts';
import { matchGiven } from './given-parameters.ts';
import { type Given, readRunbookCommand, runbookHelp } from './read-runbook-command.ts';
import { whoSees } from './who-sees.ts';

const candidatesMax = 8;
/** An answer to a command holds 4,000 characters. */
const listedMax = 3_600;

type Parts = World & { ledger: Ledger; door: Door; runbooks: Runbooks; sightOf: SightOf };
type Found = Candidate & { readonly service: Service };

export function createRunbookGestures(parts: Parts): Pick<Interactions, 'runbookCommand' | 'chooseProcedure'> {
  const { ledger, services, newId, door, runbooks, sightOf } = parts;

  /** The channel's own service first; an exact hit in any service beats every fuzzy one. */
  async function search(
    query: string,
    channel: string,
    seen: readonly Service[],
  ): Promise<{ exact: Found[]; fuzzy: Found[] }> {
    const incident = await ledger.transaction((tx) => tx.incidentOfChannel(channel));
    const ordered = seen.toSorted(
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

  async function offer(text: string, found: readonly Found[], parameters: Given) {
    const candidates = found.slice(0, candidatesMax);
    await ledger.transaction(async (tx) => {
      for (const { runbook } of candidates) await tx.saveRunbook(runbook);
    });
    const given = Object.keys(parameters).length > 0 ? { parameters } : {};
    return {
      kind: 'choose' as const,
      text,
      candidates: candidates.map(
        ({ service, runbook, procedure }): ProcedureCandidate => ({
          service: service.name,
          runbookDigest: runbook.digest,
          procedureId: procedure.id,
          title: procedure.title,
          path: runbook.path,
          ...given,
        }),
      ),
    };
  }

  async function post(gesture: Gesture, found: Found, given: Given, incidentId?: string) {
    const objection = await door.objection(found.service, gesture.user);
    if (objection) return refused(objection);
    const matched = matchGiven(found.procedure, given);
    if ('problem' in matched) return refused(matched.problem);
    const { values } = matched;
    const filled = Object.keys(values).length;
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
        ...(filled > 0 ? { parameters: values } : {}),
      });
      if (own && incidentId) {
        await startDiagnosis(tx, newId, { posted, procedure: found.procedure, incidentId, given: values });
        await tx.touchMessage(messageKey.choice(incidentId), 'status');
      }
      if (own) await tx.touchMessage(messageKey.incident(own.id), 'chatter');
      const taken = filled > 0 ? ` with ${Object.keys(values).join(', ')} filled in` : '';
      return {
        kind: 'accepted' as const,
        refresh: [],
        text: `Posting “${found.procedure.title}” (${describeSteps(found)})${taken}.`,
      };
    });
  }

  async function overview(seen: readonly Service[]): Promise<string> {
    const lines: string[] = [];
    for (const service of seen) {
      const aliases = Object.keys(service.aliases);
      const { runbooks: found, problems } = await runbooks.of(service);
      const count = found.reduce((sum, runbook) => sum + runbook.procedures.length, 0);
      lines.push(`${service.name}: ${count} procedures${aliases.length > 0 ? `; aliases ${aliases.join(', ')}` : ''}`);
      for (const problem of problems) lines.push(`  could not be read: ${problem}`);
    }
    return fitting([runbookHelp, '', ...lines]);
  }

  async function list(seen: readonly Service[]): Promise<string> {
    const lines: string[] = [];
    for (const service of seen) {
      const { runbooks: found } = await runbooks.of(service);
      lines.push(`${service.name}:`);
      for (const { procedures } of found) for (const { id, title } of procedures) lines.push(`  ${id}  ${title}`);
    }
    return fitting(lines);
  }

  /** The digest is of a file's text, so it names the service whose file it is, as long as the file stays the same. */
  async function serviceHolding(digest: string): Promise<Service | undefined> {
    for (const service of services) {
      if ((await runbooks.of(service)).runbooks.some((runbook) => runbook.digest === digest)) return service;
    }
    return undefined;
  }

  return {
    async runbookCommand(gesture) {
      const command = readRunbookCommand(gesture.text);
      if (command.verb === 'wrong') return refused(command.text);
      if (command.verb === 'help') return { kind: 'accepted', refresh: [], text: runbookHelp };
      const sight = await whoSees(sightOf, gesture.user);
      if ('kind' in sight) return sight;
      const seen = services.filter(({ name }) => sight.sees(name));
      if (seen.length === 0) return refused(nothingSeen);
      switch (command.verb) {
        case 'overview':
          return { kind: 'accepted', refresh: [], text: await overview(seen) };
        case 'list':
          return { kind: 'accepted', refresh: [], text: await list(seen) };
        case 'search': {
          const { exact, fuzzy } = await search(command.words, gesture.channel, seen);
          const found = [...exact, ...fuzzy];
          if (found.length === 0) return nothing(command.words);
          return offer(`These match “${command.words}”:`, found, {});
        }
        case 'post': {
          const { query, parameters } = command;
          const { exact, fuzzy } = await search(query, gesture.channel, seen);
          const found = exact.length > 0 ? exact : fuzzy;
          const [first, second] = found;
          if (!first) return nothing(query);
          if (!second) return post(gesture, first, parameters);
          return offer(`Several procedures match “${query}”. Which one?`, found, parameters);
        }
        default:
          return command satisfies never;
      }
    },

    async chooseProcedure(gesture) {
      const runbook = await ledger.transaction((tx) => tx.runbook(gesture.runbookDigest));
      const procedure = runbook?.procedures.find((candidate) => candidate.id === gesture.procedureId);
      const service = await serviceHolding(gesture.runbookDigest);
      if (!runbook || !procedure || !service)
        return refused('This runbook has changed since; search again with /runbook.');
      const found = { runbook, path: runbook.path, procedure, service };
      return post(gesture, found, gesture.parameters ?? {}, gesture.incidentId);
    },
  };
}

const nothingSeen =
  'You are not a responder of any service just now, so there are no runbooks for you. Have yourself added to a service’s responders in firebreak.yaml.';

const nothing = (query: string) =>
  refused(`No procedure matches “${query}”. /runbook list shows what there is, /runbook search WORDS what is alike.`);

function describeSteps({ procedure }: Found): string {
  const actions = procedure.steps.filter(isAction);
  const reads = actions.filter((step) => isRead(step.action)).length;
  return `${reads} reads, ${actions.length - reads} changes, ${procedure.steps.length - actions.length} for a person`;
}

/** As many lines as one answer holds; the rest is counted. */
function fitting(lines: readonly string[]): string {
  let size = 0;
  const shown = lines.filter((line) => (size += line.length + 1) <= listedMax);
  const left = lines.length - shown.length;
  return [...shown, ...(left > 0 ? [`and ${left} more lines; /runbook search WORDS finds them`] : [])].join('\n');
}
