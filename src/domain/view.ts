/** What a message shows: plain values that the chat adapter renders. Every text in here is untrusted. */
import type { ActionClass } from './action.ts';
import type { Alert } from './alert.ts';
import type { Capture } from './capture.ts';
import type { Freeze } from './freeze.ts';
import type { Incident } from './incident.ts';
import type { Run } from './outcome.ts';
import type { Page } from './page.ts';
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
  /** And whoever is on call for the service by PagerDuty. */
  readonly pagedToo?: true;
  readonly runbook?: { readonly title: string; readonly path: string };
  readonly pendingPlans: readonly Plan[];
  /** PagerDuty's incidents of this one, newest first. */
  readonly pages: readonly Page[];
  /** PagerDuty can be asked to escalate and to reassign. */
  readonly asksPager: boolean;
  /** Nothing is changed while it stands. */
  readonly freeze?: Freeze;
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
  /** No vote is taken while it stands. */
  readonly freeze?: Freeze;
  /** Who may approve, as a sentence with Slack ids in `<@U…>` form made by the renderer from these lists. */
  readonly mayApprove?: {
    readonly needed: number;
    readonly responders: readonly string[];
    readonly approvers: readonly string[];
    /** And whoever is on call for the service by PagerDuty. */
    readonly pagedToo?: true;
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

/** What was kept of pods before a run ended them. */
export type CapturesView = {
  readonly kind: 'captures';
  readonly runId: string;
  readonly captures: readonly Capture[];
};

export type NoticeView = { readonly kind: 'notice'; readonly text: string };

/** What a person wrote down with `/incident note`. */
export type NoteView = { readonly kind: 'note'; readonly by: string; readonly text: string };

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
  | CapturesView
  | NoticeView
  | NoteView
  | ResolveOfferView;

/** The App Home of one person. */
export type HomeView = {
  /** Why this person is shown nothing at all; then everything else is empty. */
  readonly closed?: string;
  /** Newest first, at most `incidentsShownMax`; the rest is counted. */
  readonly incidents: readonly Incident[];
  readonly incidentsTotal: number;
  /** Plans that wait for votes, those that wait for this person first, then oldest first; each with where to vote. */
  readonly pending: readonly {
    readonly plan: Plan;
    readonly channel: string;
    /** Absent: not posted yet. */
    readonly ts?: string;
    readonly needed: number;
    readonly given: number;
    /** `open`: an approval of this person would count. `cast`: they voted. `none`: theirs would not count. */
    readonly vote: 'open' | 'cast' | 'none';
    readonly isFrozen: boolean;
  }[];
  readonly pendingTotal: number;
  readonly onCall: readonly {
    readonly service: string;
    /** Slack user ids. */
    readonly people: readonly string[];
    /** PagerDuty's names of those who have no Slack account that is known. */
    readonly others: readonly string[];
    /** Why nobody is shown, when it could not be asked. */
    readonly problem?: string;
  }[];
  readonly freezes: readonly Freeze[];
  readonly asOf: Date;
};
