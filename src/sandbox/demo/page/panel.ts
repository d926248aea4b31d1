/** The right side: the cluster, the journal, trouble on purpose, PagerDuty. */
import { html, type TemplateResult } from 'lit-html';
import { faultsPanel } from './faults-panel.ts';
import { journalPanel } from './journal/journal-panel.ts';
import { pagerPanel } from './pager-panel.ts';
import type { Shell } from './shell.ts';
import { tabList, type TabChoice } from './tab-list.ts';
import { single } from './table.ts';
import type { Tab } from './where.ts';

export function createPanel(cluster: (shell: Shell) => TemplateResult) {
  const views = {
    cluster,
    journal: journalPanel,
    faults: faultsPanel,
    pager: pagerPanel,
  } as const satisfies Record<Tab, (shell: Shell) => TemplateResult>;

  return (shell: Shell): TemplateResult => {
    const { tab } = shell.where;
    return html`
      <h2 class="unseen">Around Slack</h2>
      ${tabList<Tab>({
        label: 'Around Slack',
        prefix: 'around',
        choices: choicesOf(shell),
        chosen: tab,
        choose: (chosen) => shell.go({ tab: chosen }),
      })}
      <div
        class="panel-body"
        role="tabpanel"
        id="around-panel"
        aria-labelledby=${`around-tab-${tab}`}
        tabindex="0"
        data-spot="panel"
        data-shown=${tab}
      >
        ${views[tab](shell)}
      </div>
    `;
  };
}

function choicesOf(shell: Shell): TabChoice<Tab>[] {
  const armed = (single(shell.table, 'faults') ?? []).filter((fault) => fault.armed).length;
  const pages = (single(shell.table, 'pager')?.incidents ?? []).filter(({ status }) => status !== 'resolved').length;
  const isBroken = single(shell.table, 'journal')?.verified.ok === false;
  return [
    { id: 'cluster', label: 'Cluster' },
    { id: 'journal', label: 'Journal', ...(isBroken ? { badge: 'broken' } : {}) },
    { id: 'faults', label: 'Break things', ...(armed === 0 ? {} : { badge: String(armed) }) },
    ...(single(shell.table, 'pager') === null
      ? []
      : [{ id: 'pager' as const, label: 'PagerDuty', ...(pages === 0 ? {} : { badge: String(pages) }) }]),
  ];
}
