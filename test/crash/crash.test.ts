import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { openEmbeddedPostgres } from '../../src/adapters/postgres/embedded.ts';
import { type FailpointName, failpointNames } from '../../src/flow/ports.ts';
import { sandboxCluster } from '../scenario/embedded.ts';
import { holdsThroughDeathAt } from './survives.ts';

/** In the order in which one change comes by them. test/real/crash.test.ts takes them one at a time. */
const inOrder: readonly FailpointName[] = [
  'receive:before-commit',
  'receive:after-commit',
  'channel:before-create',
  'channel:after-create',
  'wake:before',
  'wake:after',
  'publish:before-send',
  'publish:after-send',
  'vote:before-commit',
  'vote:after-commit',
  'decide:before-commit',
  'decide:after-commit',
  't1:before-commit',
  't1:after-commit',
  'request:before',
  'request:after',
  't2:before-commit',
  't2:after-commit',
  'verify:watching',
];

describe('one change, with a death at every boundary', () => {
  it('knows every boundary', () => {
    expect(inOrder.toSorted()).toEqual(failpointNames.toSorted());
  });

  it('happens once, is told once, and loses nothing', async () => {
    const cluster = await sandboxCluster();
    await cluster.deployment({ namespace: 'hdc', name: 'hdc-toolkit', replicas: 2 });
    const folder = mkdtempSync(join(tmpdir(), 'firebreak-ledger-'));
    const directory = join(folder, 'ledger');
    try {
      await holdsThroughDeathAt(inOrder, {
        cluster,
        env: { LEDGER_DIRECTORY: directory },
        openLedger: () => openEmbeddedPostgres({ directory }),
      });
    } finally {
      await cluster.close();
      rmSync(folder, { recursive: true, force: true });
    }
  }, 240_000);
});
