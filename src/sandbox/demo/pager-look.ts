/** The PagerDuty stand-in as the page shows it: its incidents, newest first. */
import type { Account, Incident } from '../pagerduty/account.ts';
import type { SandboxPagerDuty } from '../pagerduty/start.ts';
import type { Watched } from './host.ts';
import type { PagerLook } from './protocol.ts';

const incidentsMax = 50;

export function createPagerLook({ account }: Pick<SandboxPagerDuty, 'account'>): Watched<PagerLook> {
  return {
    look: () => ({
      incidents: [...account.incidents.values()]
        .slice(-incidentsMax)
        .reverse()
        .map((incident) => incidentLook(account, incident)),
    }),
    onChange: (listener) => account.onChange(listener),
  };
}

function incidentLook({ users }: Account, incident: Incident): PagerLook['incidents'][number] {
  const named = (id: string): string => users.get(id)?.name ?? id;
  return {
    id: incident.id,
    number: incident.number,
    title: incident.title,
    status: incident.status,
    assignees: incident.assignees.map(named),
    notes: incident.notes.map(({ user, content }) => ({
      by: user === undefined ? 'PagerDuty' : named(user),
      text: content,
    })),
  };
}
