/** Some seven hundred commands, by kubectl and by us, each from the same start. */
import { afterAll } from '@jest/globals';
import { createTable } from './commands-create.ts';
import { deleteTable } from './commands-delete.ts';
import { filtersTable } from './commands-filters.ts';
import { getTable } from './commands-get.ts';
import { labelTable } from './commands-label.ts';
import { nodesTable } from './commands-nodes.ts';
import { patchTable } from './commands-patch.ts';
import { readsTable } from './commands-reads.ts';
import { rolloutTable } from './commands-rollout.ts';
import { scaleTable } from './commands-scale.ts';
import { setTable } from './commands-set.ts';
import { shellTable } from './commands-shell.ts';
import { closeRecorders } from './pool.ts';
import { describeTable } from './table.ts';

afterAll(closeRecorders);

describeTable('kubectl scale', scaleTable);
describeTable('kubectl rollout', rolloutTable);
describeTable('kubectl set', setTable);
describeTable('kubectl delete', deleteTable);
describeTable('kubectl cordon, uncordon, drain and taint', nodesTable);
describeTable('kubectl patch', patchTable);
describeTable('kubectl label and annotate', labelTable);
describeTable('what makes objects', createTable);
describeTable('kubectl get', getTable);
describeTable('other reads', readsTable);
describeTable('reads through filters', filtersTable);
describeTable('the shell around a read', shellTable);
