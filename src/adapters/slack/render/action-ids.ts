/** Every button and form that we make. Old messages keep theirs for ever, so these never change their meaning. */
export const actionIds = {
  acknowledge: 'firebreak.incident.acknowledge',
  resolve: 'firebreak.incident.resolve',
  /** Does it at once. */
  useStep: 'firebreak.step.use',
  /** Needs parameters, so a form is likely. */
  askStep: 'firebreak.step.ask',
  approve: 'firebreak.plan.approve',
  deny: 'firebreak.plan.deny',
  details: 'firebreak.plan.details',
  waves: 'firebreak.plan.waves',
  undo: 'firebreak.run.undo',
  capture: 'firebreak.run.capture',
  chooseProcedure: 'firebreak.procedure.choose',
  escalatePage: 'firebreak.page.escalate',
  reassignPage: 'firebreak.page.reassign',
} as const;

export const formCallbackId = 'firebreak.step.form';
export const pagerFormCallbackId = 'firebreak.page.form';
export const incidentFormCallbackId = 'firebreak.incident.form';

/** Inputs of the form: the block id carries the kind and the parameter's name. */
export const formActionId = 'firebreak.form.value';
