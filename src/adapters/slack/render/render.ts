/** Every view as a Slack message. Pure; what comes out is within Slack's limits. */
import type { View } from '../../../domain/view.ts';
import { renderCaptures } from './captures.ts';
import { renderIncidentCard } from './incident-card.ts';
import { withinLimits } from './limits.ts';
import type { RenderedMessage } from './limits.ts';
import { renderNote, renderNotice, renderResolveOffer } from './notices.ts';
import { renderProposal } from './proposal.ts';
import { renderReading, renderStep } from './reading.ts';
import { renderRun } from './run.ts';
import { renderRunbookCard } from './runbook-card.ts';
import { renderRunbookChoice } from './runbook-choice.ts';

/**
 * `onProblem` is told when a message had to be degraded to fit, which is a bug of ours: renderers bound what they show.
 */
export function renderView(view: View, onProblem: (problems: readonly string[]) => void): RenderedMessage {
  return withinLimits(render(view), onProblem);
}

function render(view: View): RenderedMessage {
  switch (view.kind) {
    case 'incident-card':
      return renderIncidentCard(view);
    case 'runbook-card':
      return renderRunbookCard(view);
    case 'runbook-choice':
      return renderRunbookChoice(view);
    case 'step':
      return renderStep(view);
    case 'reading':
      return renderReading(view);
    case 'proposal':
      return renderProposal(view);
    case 'run':
      return renderRun(view);
    case 'captures':
      return renderCaptures(view);
    case 'notice':
      return renderNotice(view);
    case 'note':
      return renderNote(view);
    case 'resolve-offer':
      return renderResolveOffer(view);
    default:
      return view satisfies never;
  }
}
