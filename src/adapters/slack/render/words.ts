/** Icons and words for closed sets. An icon never stands alone: a word says the same. */
import type { Action, ActionClass } from '../../../domain/action.ts';
import type { IncidentState } from '../../../domain/incident.ts';
import type { Outcome } from '../../../domain/outcome.ts';
import type { PageStatus } from '../../../domain/page.ts';
import type { Plan } from '../../../domain/plan.ts';
import type { Phase } from '../../../domain/runbook.ts';
import type { Severity } from '../../../domain/severity.ts';
import type { StepStatus } from '../../../domain/view.ts';

export const classWords = {
  read: '🔎 read',
  change: '✏️ change',
  destructive: '⚠️ destructive',
  forbidden: '⛔ forbidden',
} satisfies Record<ActionClass, string>;

export const severityWords = {
  P0: '🔴 P0',
  P1: '🟠 P1',
  P2: '🟡 P2',
  P3: '🔵 P3',
} satisfies Record<Severity, string>;

export const stateWords = {
  open: '🔥 Open',
  acknowledged: '👀 Acknowledged',
  resolved: '✅ Resolved',
} satisfies Record<IncidentState, string>;

/** Of a page in PagerDuty. */
export const pageWords = {
  triggered: 'nobody has taken it',
  acknowledged: 'acknowledged',
  resolved: 'resolved',
} satisfies Record<PageStatus, string>;

export const phaseWords = {
  diagnosis: 'Diagnosis',
  remedy: 'Remedy',
  verification: 'Verification',
  prevention: 'Prevention',
  escalation: 'Escalation',
  other: 'Other steps',
} satisfies Record<Phase, string>;

/** What is going on with a step; nothing for one that was not touched. */
export const statusWords = {
  idle: '',
  running: '⏳ running',
  done: '✅ done',
  failed: '❌ failed',
  planning: '⏳ planning',
  proposed: '🗳️ waiting for approval',
  approved: '⏳ approved, being applied',
  applied: '✅ applied',
} satisfies Record<StepStatus, string>;

export const planStateWords = {
  proposed: '🗳️ Waiting for approval',
  approved: '✅ Approved',
  denied: '🚫 Denied',
  expired: '⌛ Expired',
  superseded: '↪️ Superseded by a newer plan',
  cancelled: '🚫 Cancelled',
} satisfies Record<Plan['state'], string>;

export const outcomeWords = {
  succeeded: '✅ Applied',
  partial: '⚠️ Applied in part',
  failed: '❌ Failed, nothing was changed',
  refused: '🚫 Refused, nothing was changed',
  unknown: '❓ Unknown: it may have happened, please look',
} satisfies Record<Outcome, string>;

/** What an action does, for a title: `Scale` Deployment web. */
export const verbWords = {
  get: 'Get',
  logs: 'Read logs of',
  describe: 'Describe',
  events: 'Read events of',
  top: 'Read usage of',
  'rollout-status': 'Watch rollout of',
  'rollout-history': 'Read rollout history of',
  'rollout-restart': 'Restart',
  scale: 'Scale',
  'set-env': 'Set environment of',
  'set-image': 'Set image of',
  'rollout-undo': 'Roll back',
  'rollout-pause': 'Pause rollout of',
  'rollout-resume': 'Resume rollout of',
  'delete-pod': 'Delete',
  delete: 'Delete',
  evict: 'Evict',
  'set-resources': 'Set resources of',
  patch: 'Patch',
  'set-field': 'Set a field of',
  label: 'Label',
  annotate: 'Annotate',
  taint: 'Taint',
  autoscale: 'Autoscale',
  apply: 'Apply',
  create: 'Create',
  'create-job': 'Start a job from',
  exec: 'Run a command in',
  'http-send': 'Send a request to',
  'docker-change': 'Change',
  drain: 'Drain',
  each: 'Change each of',
  several: 'Change several of',
  'can-i': 'May I',
  about: 'About the cluster',
  wait: 'Wait for',
  'exec-read': 'Look inside',
  'http-read': 'Ask',
  query: 'Query',
  'docker-read': 'Look at',
  echo: 'Say',
  chain: 'Look at',
  cordon: 'Cordon',
  uncordon: 'Uncordon',
} satisfies Record<Action['type'], string>;
