/** The table of verbs itself: every case stands up, becomes a plan with its parts, and has one effect for each. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { partsOf } from '../../src/domain/plan.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import { operatorOn } from '../contracts/cluster-operator.ts';
import { openAuditLog } from '../scenario/audit-log.ts';
import { hadEffect, openVerbStage, type VerbStage } from './verb-stage.ts';
import { changeOf, partsIn, verbCases } from './verbs.ts';

describe('each verb by itself', () => {
  let stage: VerbStage;
  let cluster: Cluster;
  let audit: Awaited<ReturnType<typeof openAuditLog>>;
  beforeAll(async () => {
    audit = await openAuditLog(process.env['AUDIT_LOG'] ?? '');
    stage = await openVerbStage('verbs');
    cluster = connectCluster({ name: 'main', ...stage.server.access, log: createRecordingLog() });
  });
  afterAll(async () => {
    await cluster.close();
    await stage.close();
  });

  it.each(verbCases.map((verb, index) => [verb.name, verb, `v${index}`] as const))('%s', async (_, verb, suffix) => {
    const at = stage.place(suffix);
    await stage.standUp(verb, at);

    const planned = await operatorOn(cluster).plan(changeOf(verb, at), at.namespace);
    if (planned.kind !== 'planned') throw new Error(planned.text);
    const run = await operatorOn(cluster).apply(planned.plan);

    expect(run).toMatchObject({ outcome: 'succeeded', differences: [] });
    expect(partsOf(planned.plan)).toHaveLength(partsIn(verb));
    const effects = (await audit.since()).filter((event) => hadEffect(event) && run.auditIds.includes(event.auditID));
    expect(effects).toHaveLength(partsIn(verb));
    expect(run.auditIds).toHaveLength(partsIn(verb));
  });
});
