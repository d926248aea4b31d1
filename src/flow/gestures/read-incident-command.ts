/** What a person typed after `/incident`, read into a command or into the sentence that says what to write. */
import { everyService } from '../../domain/freeze.ts';
import { severityOf, type Severity } from '../../domain/severity.ts';

export const titleMax = 150;
/** Of a note or a reason; what is longer was pasted by mistake. */
const noteMax = 10_000;
const reasonMax = 300;

export const incidentHelp = [
  '/incident new [P0|P1|P2|P3] TITLE [service=NAME]  opens an incident; without words a form asks for them',
  '/incident status  how this channel’s incident stands; elsewhere all that are open',
  '/incident take  you work on it (/incident ack is the same)',
  '/incident severity P0|P1|P2|P3  also words such as sev2 or critical; alerts may raise it later, never lower it',
  '/incident note TEXT  writes it down: timeline, channel and PagerDuty',
  '/incident resolve [TEXT]  it is over; TEXT becomes a note',
  '/incident reopen  it is not over after all',
  '/incident freeze [SERVICE|all] [REASON]  no changes until it is lifted; approved plans that have not begun are cancelled',
  '/incident unfreeze [SERVICE|all]  changes are possible again',
  '/incident help  this text',
].join('\n');

export type NewIncident = { readonly title?: string; readonly severity?: Severity; readonly service?: string };

export type IncidentCommand =
  | { readonly verb: 'new'; readonly wanted: NewIncident }
  | { readonly verb: 'status' }
  | { readonly verb: 'take' }
  | { readonly verb: 'reopen' }
  | { readonly verb: 'help' }
  | { readonly verb: 'severity'; readonly severity: Severity }
  | { readonly verb: 'note'; readonly text: string }
  | { readonly verb: 'resolve'; readonly text?: string }
  /** Without a scope: the service of the channel's incident. */
  | { readonly verb: 'freeze'; readonly scope?: string; readonly reason?: string }
  | { readonly verb: 'unfreeze'; readonly scope?: string }
  | { readonly verb: 'wrong'; readonly text: string };

const wrong = (text: string): IncidentCommand => ({ verb: 'wrong', text });

export function readIncidentCommand(line: string, services: readonly string[]): IncidentCommand {
  const [, word = '', rest = ''] = /^\s*(\S*)\s*([\s\S]*?)\s*$/.exec(line) ?? [];
  switch (word.toLowerCase()) {
    case '':
    case 'status':
      return { verb: 'status' };
    case 'new':
    case 'open':
      return readNew(rest);
    case 'take':
    case 'ack':
    case 'acknowledge':
      return { verb: 'take' };
    case 'severity':
    case 'sev':
      return readSeverity(rest);
    case 'note':
      return readNote(rest);
    case 'resolve':
    case 'close':
      if (rest.length > noteMax) return tooLong(rest);
      return { verb: 'resolve', ...(rest === '' ? {} : { text: rest }) };
    case 'reopen':
      return { verb: 'reopen' };
    case 'freeze':
      return readFreeze(rest, services);
    case 'unfreeze':
      return readUnfreeze(rest, services);
    case 'help':
      return { verb: 'help' };
    default:
      return wrong(`“${word.slice(0, 40)}” is not something /incident does. It knows:\n${incidentHelp}`);
  }
}

/** One word, or `sev 2`: a sentence that happens to hold such a word is not a severity. */
function severityIn(text: string): Severity | undefined {
  return /^(\S+|sev\s+\d)$/i.test(text) ? severityOf(text) : undefined;
}

function readSeverity(text: string): IncidentCommand {
  const severity = severityIn(text);
  if (severity) return { verb: 'severity', severity };
  const what = text === '' ? 'Say which severity' : `“${text.slice(0, 40)}” is not a severity`;
  return wrong(`${what}. Write /incident severity P0, P1, P2 or P3; words such as sev2, critical or low do as well.`);
}

function readNote(text: string): IncidentCommand {
  if (text === '') return wrong('Write the note behind the word: /incident note the cache was cold.');
  return text.length > noteMax ? tooLong(text) : { verb: 'note', text };
}

const tooLong = (text: string): IncidentCommand =>
  wrong(`A note holds ${noteMax} characters and this has ${text.length}. Post it as a file and note where it is.`);

function readNew(text: string): IncidentCommand {
  const service = /(?:^|\s)service=(\S+)/i.exec(text)?.[1];
  const words = text
    .replace(/(?:^|\s)service=\S*/gi, ' ')
    .replace(/\s+/g, ' ')
    .trim();
  // Only the short codes: a title may well begin with “High” or “Critical”.
  const [, code, rest] = /^(p[0-4]|sev-?[0-4])(?:\s+(.*))?$/i.exec(words) ?? [];
  const severity = code === undefined ? undefined : severityOf(code);
  const title = severity === undefined ? words : (rest ?? '');
  if (title.length > titleMax) return wrong(titleTooLong(title));
  return {
    verb: 'new',
    wanted: {
      ...(title === '' ? {} : { title }),
      ...(severity === undefined ? {} : { severity }),
      ...(service === undefined ? {} : { service }),
    },
  };
}

export const titleTooLong = (title: string): string =>
  `The title has ${title.length} characters; ${titleMax} are the most. Keep the first words and write the rest with /incident note.`;

const scopeOf = (word: string, services: readonly string[]): string | undefined =>
  word.toLowerCase() === 'all' ? everyService : services.find((name) => name.toLowerCase() === word.toLowerCase());

function readFreeze(text: string, services: readonly string[]): IncidentCommand {
  const [, word = '', rest = ''] = /^(\S*)\s*([\s\S]*)$/.exec(text) ?? [];
  const scope = scopeOf(word, services);
  const reason = (scope === undefined ? text : rest).replace(/\s+/g, ' ').trim();
  if (reason.length > reasonMax)
    return wrong(`The reason has ${reason.length} characters; ${reasonMax} are the most. Say it in a sentence.`);
  return { verb: 'freeze', ...(scope === undefined ? {} : { scope }), ...(reason === '' ? {} : { reason }) };
}

function readUnfreeze(text: string, services: readonly string[]): IncidentCommand {
  if (text === '') return { verb: 'unfreeze' };
  const scope = scopeOf(text, services);
  if (scope !== undefined) return { verb: 'unfreeze', scope };
  return wrong(
    `There is no service ${text.slice(0, 60)}. Write /incident unfreeze with all or a service’s name; the App Home lists the freezes.`,
  );
}

/** `bank, shop and 3 more`. */
export function listOf(names: readonly string[]): string {
  const shown = names.slice(0, 10).join(', ');
  return names.length > 10 ? `${shown} and ${names.length - 10} more` : shown;
}
