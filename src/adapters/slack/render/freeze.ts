import { everyService, type Freeze } from '../../../domain/freeze.ts';
import { code, inline, md, nothing, person, slackDate } from './mrkdwn.ts';
import type { Mrkdwn } from './mrkdwn.ts';

/** `🧊 *Frozen:* shop by @bob since 10:00: release day`. */
export function freezeLine({ scope, by, since, reason }: Freeze): Mrkdwn {
  const what = scope === everyService ? md`every service` : code(scope, 80);
  return md`🧊 *Frozen:* ${what} by ${person(by)} since ${slackDate(since, 'moment')}${
    reason ? md`: ${inline(reason, 300)}` : nothing
  }`;
}
