/** What a message shows: plain values that the chat adapter renders. Every text in here is untrusted. */
import type { ActionClass } from './action.ts';
import type { Alert } from './alert.ts';
import type { Incident } from './incident.ts';
import type { Run } from './outcome.ts';
import type { Plan } from './plan.ts';
import type { Posting, Proposal, Reading } from './posting.ts';
import type { Vote } from './person.ts';
import type { Procedure, Step } from './runbook.ts';

export type StepStatus = 'idle' | 'running' | 'done' | 'failed' | 'planning' | 'proposed' | 'approved' | 'applied';

/** Where a button of a step points to. */
export type StepPlace = { readonly postingId: string; readonly ordinal: number };

export type IncidentCardView = {
  readonly kind: 'incident-card';
  readonly incident: Incident;
  readonly firing: number;
  readonly total: number;
  /** The newest few, firing ones first. */
  readonly alerts: readonly Alert[];
  readonly responders: readonly string[];
  readonly runbook?: { readonly title: string; readonly path: string };
  readonly pendingPlans: readonly Plan[];
  readonly nextStep: string;
};

export type RunbookCardView = {
  readonly kind: 'runbook-card';
  readonly posting: Posting;
  readonly path: string;
  readonly procedure: Procedure;
  /** One for each step, in order. */
  readonly status: readonly StepStatus[];
};

export type RunbookChoiceView = {
  readonly kind: 'runbook-choice';
  readonly incidentId: string;
  readonly candidates: readonly {
    readonly runbookDigest: string;
    readonly procedureId: string;
    readonly title: string;
    readonly path: string;
  }[];
};

export type StepView = {
  readonly kind: 'step';
  readonly place: StepPlace;
  readonly step: Step;
  readonly status: StepStatus;
  /** The newest answer of a read-only step: shown under it, shortened; the whole follows in the thread when it is cut. */
  readonly reading?: Reading;
};

export type ReadingView = {
  readonly kind: 'reading';
  readonly step: Step;
  readonly reading: Reading;
};

export type ProposalView = {
  readonly kind: 'proposal';
  readonly proposal: Proposal;
  readonly step: Step;
  readonly path: string;
  readonly plan?: Plan;
  readonly votes: readonly Vote[];
  /** Who may approve, as a sentence with Slack ids in `<@U…>` form made by the renderer from these lists. */
  readonly mayApprove?: {
    readonly needed: number;
    readonly responders: readonly string[];
    readonly approvers: readonly string[];
    readonly class: ActionClass;
  };
};

export type RunView = {
  readonly kind: 'run';
  readonly run: Run;
  readonly plan: Plan;
  /** An alert of the incident that cleared after the run, with its event time. */
  readonly cleared?: { readonly name: string; readonly at: Date };
  readonly alertStillFiring?: boolean;
  readonly undoAvailable: boolean;
};

export type NoticeView = { readonly kind: 'notice'; readonly text: string };

export type ResolveOfferView = {
  readonly kind: 'resolve-offer';
  readonly incident: Incident;
  readonly clearedAt: Date;
};

export type View =
  | IncidentCardView
  | RunbookCardView
  | RunbookChoiceView
  | StepView
  | ReadingView
  | ProposalView
  | RunView
  | NoticeView
  | ResolveOfferView;
