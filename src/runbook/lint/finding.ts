/** What lint says, and the rules it says it by. Levels are SARIF's: an error or a warning fails, a note does not. */

export type Level = 'error' | 'warning' | 'note';

export type Finding = {
  readonly rule: RuleId;
  readonly level: Level;
  readonly path: string;
  /** 1-based. */
  readonly line: number;
  readonly endLine: number;
  /** What is wrong there, in one sentence. */
  readonly text: string;
  /** What to write instead, in one sentence. */
  readonly mend: string;
};

type Rule = { readonly level: Level; readonly title: string; readonly help: string };

export const rules = {
  malformed: {
    level: 'error',
    title: 'The command cannot be read',
    help: 'A shell or the program itself would refuse this line as it stands. It helps nobody at 3 a.m.',
  },
  'unknown-flag': {
    level: 'warning',
    title: 'The flag is not known to Firebreak',
    help: 'The program has no such flag, or Firebreak does not compile it; a flag is never dropped, so the step stays manual.',
  },
  'unknown-verb': {
    level: 'error',
    title: 'The verb is unknown',
    help: 'kubectl has no such command, or Firebreak does not know it.',
  },
  'no-effect': {
    level: 'warning',
    title: 'The command does nothing here',
    help: 'A new process in a container neither frees nor measures anything in the running server, and autoscaling/v2 drops the fields of v1 without a word.',
  },
  'new-process': {
    level: 'note',
    title: 'The code runs beside the server',
    help: 'An interpreter that kubectl exec starts shares files and network with the server, and neither memory nor state.',
  },
  'not-imported': {
    level: 'warning',
    title: 'The code uses a module that it never imports',
    help: 'Python stops there with a NameError, and an except around it turns that into whatever it prints.',
  },
  'relative-replicas': {
    level: 'error',
    title: 'The number of replicas looks relative and is not',
    help: 'kubectl reads --replicas=+2 as the number 2: whoever means “two more” scales down.',
  },
  'maybe-scale-down': {
    level: 'note',
    title: 'The scale may be a scale-down',
    help: 'A fixed number takes pods away when more of them run already. Firebreak shows current → target and classes it by that.',
  },
  'literal-blank': {
    level: 'warning',
    title: 'A blank is taken for the value',
    help: 'A word such as YOUR_VALUE or the tag x.y.z is a value like any other to kubectl and to Firebreak; <value> is asked for.',
  },
  'all-at-once': {
    level: 'warning',
    title: 'Every pod ends at once',
    help: 'kubectl deletes each pod that the selector finds without waiting; a rollout restart replaces them in turn.',
  },
  'ten-lines': {
    level: 'note',
    title: 'Only ten lines of each pod are read',
    help: 'kubectl logs with a selector reads 10 lines of each pod unless --tail says otherwise.',
  },
  'node-events': {
    level: 'note',
    title: 'The events are looked for where they are not',
    help: 'OOMKilling and SystemOOM are events of nodes, and those are in the namespace default. A container that was ended for its memory leaves OOMKilled in its pod’s status and no such event.',
  },
  'no-restart': {
    level: 'note',
    title: 'Nothing restarts after a ConfigMap changed',
    help: 'A variable from a ConfigMap keeps its value until the container starts anew; a mounted file changes, and only some programs look again.',
  },
  'mixed-units': {
    level: 'warning',
    title: 'A number is compared with another unit',
    help: 'A metric that counts bytes or seconds is no percentage: a threshold of 90 % needs a quotient.',
  },
  'never-run': {
    level: 'warning',
    title: 'Firebreak never runs this',
    help: 'Deleting without waiting, reading Secrets and the like stay with a person, whatever the policy says.',
  },
  'no-namespace': {
    level: 'warning',
    title: 'No namespace is named',
    help: 'The command runs wherever the reader’s context points. In Firebreak it is the first namespace of the service.',
  },
  'no-alert': {
    level: 'warning',
    title: 'No alert leads to the procedure',
    help: 'A procedure for trouble is found by the alert that it names, by its title, or by firebreak.yaml.',
  },
  'no-runbook': {
    level: 'warning',
    title: 'The alert has no runbook',
    help: 'When it fires, the incident channel opens without a procedure.',
  },
  'dead-runbook-url': {
    level: 'error',
    title: 'The runbook_url leads nowhere',
    help: 'The file or the anchor that the annotation names is not among the runbooks.',
  },
  'ambiguous-alert': {
    level: 'note',
    title: 'Several procedures name the alert',
    help: 'People will be offered a choice instead of the procedure.',
  },
  'duplicate-title': {
    level: 'warning',
    title: 'Two procedures have one title',
    help: 'Who asks for it by name has to choose, and at 3 a.m. chooses wrong.',
  },
  'no-verification': {
    level: 'warning',
    title: 'Nothing checks that the change worked',
    help: 'A procedure that changes something ends with a look at whether it helped.',
  },
  'no-escalation': {
    level: 'warning',
    title: 'Nobody is named for when it does not help',
    help: 'A procedure for an alert says whom to call next, itself or in a table of the file.',
  },
  'low-coverage': {
    level: 'warning',
    title: 'Few of the commands can be run',
    help: 'Below the share asked for by --min-coverage, the runbook is mostly for reading.',
  },
} satisfies Record<string, Rule>;

export type RuleId = keyof typeof rules;

type Place = { readonly path: string; readonly line: number; readonly endLine?: number };

export const finding = (rule: RuleId, { path, line, endLine = line }: Place, text: string, mend: string): Finding => ({
  rule,
  level: rules[rule].level,
  path,
  line,
  endLine,
  text,
  mend,
});
