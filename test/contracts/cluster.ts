/** What every cluster adapter must do, on the stand-in and on a real server. Each test has objects of its own. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import { holdsApplying } from './cluster-apply.ts';
import { holdsCaptures } from './cluster-captures.ts';
import { holdsCommands } from './cluster-exec.ts';
import { holdsFields } from './cluster-fields.ts';
import { holdsImages } from './cluster-images.ts';
import { holdsCordons } from './cluster-nodes.ts';
import { holdsPauses } from './cluster-pauses.ts';
import { holdsPodDeletes } from './cluster-pods.ts';
import { holdsClusterReads } from './cluster-reads.ts';
import { openRelay } from './cluster-relay.ts';
import { holdsResolving } from './cluster-resolve.ts';
import { holdsRollbacks } from './cluster-rollbacks.ts';
import { holdsRollouts } from './cluster-rollouts.ts';
import { holdsEvictions } from './cluster-evictions.ts';
import { holdsSeveral } from './cluster-several.ts';
import type { ClusterSubject } from './cluster-subject.ts';
import { bodyOf, type KubernetesServer } from './kubernetes-server-subject.ts';

export type ServerForCluster = KubernetesServer & {
  /** How the adapter reaches the same server. */
  readonly access: { readonly kubeconfig: string } | { readonly kubeconfigText: string };
};

export function holdsCluster(name: string, open: () => Promise<ServerForCluster>): void {
  describe(`the Cluster port on ${name}`, () => {
    let opened: ClusterSubject | undefined;
    beforeAll(async () => {
      const server = await open();
      const relay = await openRelay(server);
      const log = createRecordingLog();
      opened = {
        server,
        relay,
        cluster: connectCluster({ name: 'main', ...server.access, log, settleMs: 0 }),
        relayed: connectCluster({ name: 'main', kubeconfigText: relay.kubeconfig, log, settleMs: 0 }),
      };
    });
    afterAll(async () => {
      await opened?.cluster.close();
      await opened?.relayed.close();
      await opened?.relay.close();
      await opened?.server.close();
    });
    const subject = (): ClusterSubject => {
      if (!opened) throw new Error('the cluster is not up yet');
      return opened;
    };

    it('is named by the uid of kube-system', async () => {
      const received = await subject().server.send({ path: '/api/v1/namespaces/kube-system' });

      expect(await subject().cluster.uid()).toEqual(bodyOf(received)['metadata']?.['uid']);
    });

    holdsClusterReads(subject);
    holdsResolving(subject);
    holdsApplying(subject);
    holdsRollouts(subject);
    holdsImages(subject);
    holdsFields(subject);
    holdsRollbacks(subject);
    holdsPauses(subject);
    holdsPodDeletes(subject);
    holdsCordons(subject);
    holdsSeveral(subject);
    holdsCaptures(subject);
    holdsEvictions(subject);
    holdsCommands(subject);
  });
}
