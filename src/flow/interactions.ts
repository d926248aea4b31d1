/**
 * What a person can do from the chat: the driving port that the Slack listeners call. Each call that changes
 * something commits the delivery and its effect on the ledger in one transaction before it returns, so the listener
 * can answer within Slack's 3 s and nothing that was answered is ever lost.
 */
import type { ParameterType } from '../domain/action.ts';
import type { Freeze } from '../domain/freeze.ts';
import type { Incident } from '../domain/incident.ts';
import type { Severity } from '../domain/severity.ts';
import type { StepPlace } from '../domain/view.ts';
import type { WaveSize } from '../domain/waves.ts';

/** Who did it and which signed request said so; the same request a second time does nothing. */
export type Gesture = {
  readonly user: string;
  readonly channel: string;
  /** Of the signed request: its signature, or the event's id. */
  readonly deliveryKey: string;
};

export type FormField = {
  readonly name: string;
  readonly type: ParameterType;
  readonly initial?: string;
  /** Where the initial value comes from: `from the alert's label pod`, `the runbook's own text`. */
  readonly initialFrom?: string;
  /** Live names; empty when there are none or the cluster could not be asked in time: then a text field. */
  readonly choices: readonly string[];
  /** Why `choices` is empty, for people. */
  readonly note?: string;
};

export type Form = {
  readonly place: StepPlace;
  readonly title: string;
  /** The author's command. */
  readonly source: string;
  readonly fields: readonly FormField[];
};

/** `refresh`: keys of messages to redraw at once, before the queue gets there. */
export type Accepted = { readonly kind: 'accepted'; readonly refresh: readonly string[]; readonly text?: string };
export type Refused = { readonly kind: 'refused'; readonly text: string };

export type ProcedureCandidate = {
  readonly service: string;
  readonly runbookDigest: string;
  readonly procedureId: string;
  readonly title: string;
  readonly path: string;
  /** What was given with the command, by parameter name; a pick carries it back. */
  readonly parameters?: Readonly<Record<string, string>>;
};

/** What is known so far of an incident that somebody opens by hand. */
export type IncidentForm = {
  readonly title?: string;
  readonly severity?: Severity;
  readonly service?: string;
  /** All there are, by name. */
  readonly services: readonly string[];
};

export type IncidentField = 'title' | 'severity' | 'service';

/** Open incidents that this person may see, newest first; `total` counts also those that are not listed. */
export type IncidentList = {
  readonly kind: 'incidents';
  readonly incidents: readonly Incident[];
  readonly total: number;
  readonly freezes: readonly Freeze[];
};

/** What may be asked of PagerDuty about an incident's page. */
export type PagerForm = {
  readonly incidentId: string;
  readonly verb: 'escalate' | 'reassign';
  /** The page: PagerDuty's number and title. */
  readonly page: string;
  /** `value`: a level, or a PagerDuty user id. The label says who is on call. */
  readonly choices: readonly { readonly value: string; readonly label: string }[];
};

export interface Interactions {
  /** `/runbook [name|words] [key=value …]`, `list`, `search WORDS`, `help`. Empty text answers with what there is. */
  runbookCommand(
    gesture: Gesture & { text: string },
  ): Promise<
    | Accepted
    | Refused
    | { readonly kind: 'choose'; readonly text: string; readonly candidates: readonly ProcedureCandidate[] }
  >;
  /** `/incident …`; see read-incident-command.ts. `form`: more has to be known before one can be opened. */
  incidentCommand(
    gesture: Gesture & { text: string },
  ): Promise<Accepted | Refused | IncidentList | { readonly kind: 'form'; readonly form: IncidentForm }>;
  /** The form of `/incident new` sent. */
  submitIncident(
    gesture: Gesture & Readonly<Record<IncidentField, string>>,
  ): Promise<
    Accepted | Refused | { readonly kind: 'errors'; readonly errors: Readonly<Partial<Record<IncidentField, string>>> }
  >;
  /** Somebody looks at their App Home: it is drawn, and kept up to date for an hour. */
  openHome(gesture: Gesture): Promise<void>;
  /** A pick from a choice of procedures. `incidentId` when the incident asked. */
  chooseProcedure(
    gesture: Gesture & {
      runbookDigest: string;
      procedureId: string;
      incidentId?: string;
      parameters?: Readonly<Record<string, string>>;
    },
  ): Promise<Accepted | Refused>;
  /** A step's button. `form`: parameters are missing, ask for them. Asking changes nothing in the ledger. */
  useStep(
    gesture: Gesture & { place: StepPlace },
  ): Promise<Accepted | Refused | { readonly kind: 'form'; readonly form: Form }>;
  /** The form sent: `errors` by field name, or accepted. */
  submitStep(
    gesture: Gesture & { place: StepPlace; values: Readonly<Record<string, string>> },
  ): Promise<Accepted | Refused | { readonly kind: 'errors'; readonly errors: Readonly<Record<string, string>> }>;
  /** A click on Approve or Deny. The nonce is all that the button carries. */
  vote(gesture: Gesture & { nonce: string }): Promise<Accepted | Refused>;
  /** A click on Undo under a run: proposes the undo as a plan of its own. */
  undo(gesture: Gesture & { runId: string }): Promise<Accepted | Refused>;
  /** Another order for a plan that deletes several pods: proposes a plan of its own, which supersedes this one. */
  chooseWaves(gesture: Gesture & { planId: string; waves: WaveSize }): Promise<Accepted | Refused>;
  /** Everything behind a plan: canonical facts for the Details modal. */
  planDetails(gesture: {
    user: string;
    planId: string;
  }): Promise<{ readonly title: string; readonly lines: readonly string[] } | Refused>;
  /** Everything that was kept of one pod, for a modal. */
  captureDetails(gesture: {
    user: string;
    /** `run/part/pod`, as the button under it carries it. */
    place: string;
  }): Promise<{ readonly title: string; readonly lines: readonly string[] } | Refused>;
  acknowledge(gesture: Gesture & { incidentId: string }): Promise<Accepted | Refused>;
  resolve(gesture: Gesture & { incidentId: string }): Promise<Accepted | Refused>;
  /** Escalate or Reassign on the incident's card: the levels or people to choose from. Changes nothing. */
  pagerForm(gesture: {
    user: string;
    incidentId: string;
    verb: PagerForm['verb'];
  }): Promise<{ readonly kind: 'form'; readonly form: PagerForm } | Refused>;
  /** Has PagerDuty call this level of the escalation policy. */
  escalate(gesture: Gesture & { incidentId: string; level: number }): Promise<Accepted | Refused>;
  /** Gives the page to these people: PagerDuty user ids, and Slack users who are looked up there. */
  reassign(
    gesture: Gesture & { incidentId: string; users: readonly string[]; slackUsers: readonly string[] },
  ): Promise<Accepted | Refused>;
  /** Any other accepted event, recorded and otherwise let pass. */
  note(gesture: Gesture & { event: string }): Promise<void>;
  /** Redraws messages now, at most `timeoutMs` in all; what fails is left to the queue. */
  refresh(keys: readonly string[], timeoutMs: number): Promise<void>;
}
