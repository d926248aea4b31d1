/**
 * What the product relies on in a Kubernetes API server, as raw requests. Runs on the stand-in and on a real server,
 * so that the stand-in cannot drift from the truth.
 */
import { afterAll, beforeAll, describe } from '@jest/globals';
import { holdsControllers } from './kubernetes-server-controllers.ts';
import { holdsDeletes } from './kubernetes-server-deletes.ts';
import { holdsPages } from './kubernetes-server-pages.ts';
import { holdsPatches } from './kubernetes-server-patches.ts';
import { holdsReads } from './kubernetes-server-reads.ts';
import { holdsStored } from './kubernetes-server-stored.ts';
import { holdsTrouble } from './kubernetes-server-trouble.ts';
import type { KubernetesServer } from './kubernetes-server-subject.ts';

/** `open` brings up a server (or finds one) and a namespace that `close` removes. */
export function holdsKubernetesServer(name: string, open: () => Promise<KubernetesServer>): void {
  describe(`the contract of a Kubernetes API server, on ${name}`, () => {
    let opened: KubernetesServer | undefined;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(async () => {
      await opened?.close();
    });
    const server = (): KubernetesServer => {
      if (!opened) throw new Error('the server is not up yet');
      return opened;
    };

    holdsPatches(server);
    holdsDeletes(server);
    holdsReads(server);
    holdsPages(server);
    holdsStored(server);
    holdsControllers(server);
    holdsTrouble(server);
  });
}
