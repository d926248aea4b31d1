/**
 * Every verb, with an API server that is ended by SIGKILL while the requests of all of them are in flight, and comes back
 * a few seconds later. One effect or none, and what is recorded agrees with what stands on the cluster.
 *
 * Needs a cluster of test/real/cluster: of one that was brought along nobody knows how to kill its server.
 */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '../eventually.ts';
import { openAuditLog } from '../scenario/audit-log.ts';
import { type Office, openOffice } from './approved-plans.ts';
import { contradictions } from './deaths-evidence.ts';
import { approve, overWithinMs, standUp, verbsInOrder } from './deaths-stage.ts';
import { runKubectl } from './side-by-side.ts';
import { openVerbStage, type VerbStage } from './verb-stage.ts';

const state = dirname(process.env['KUBECONFIG'] ?? '');
const pidFile = join(state, 'pid/kube-apiserver');
const cluster = (...args: readonly string[]) =>
  promisify(execFile)(join(import.meta.dirname, 'cluster/cluster'), [...args], {
    env: { ...process.env, CLUSTER_DIR: state },
  });
/** It stands still while requests arrive, goes on for so long with all of them in hand, and dies. */
const rounds = [20, 80, 250];
/** Each has 16 connections to the server: together more than there are verbs. */
const machines = 4;

describe('every verb, with an API server that is killed', () => {
  let stage: VerbStage;
  let office: Office;
  /** Requests wait here for each other; each calls it before it is sent. */
  let gate = async (): Promise<void> => undefined;
  beforeAll(async () => {
    if (!existsSync(pidFile))
      throw new Error(`${pidFile} is not there: this suite needs a cluster of test/real/cluster.`);
    stage = await openVerbStage('deaths-server');
    office = await openOffice(stage.server.access, {
      machines,
      wrap: (real) => ({
        ...real,
        send: async (...args) => {
          await gate();
          return real.send(...args);
        },
      }),
    });
  });
  afterAll(async () => {
    if (stage === undefined) return;
    await restart();
    await office.close();
    await stage.close();
  });

  const answers = async (): Promise<boolean> =>
    (await runKubectl(['get', '--raw', '/readyz', '--request-timeout=5s'])).status === 0;
  /** Also for the suites behind this one. */
  async function restart(): Promise<void> {
    if (!existsSync(pidFile) || !(await answers())) await cluster('restart', 'kube-apiserver');
    await eventually('the API server answers', answers, 60_000);
  }

  /** Ends the server when the requests of so many plans have been sent. */
  async function killWith(requests: number, aliveMs: number): Promise<void> {
    const open = Promise.withResolvers<void>();
    let waiting = 0;
    gate = async () => {
      waiting += 1;
      await open.promise;
    };
    await eventually('all are about to be sent', () => waiting === requests, overWithinMs);
    const pid = readFileSync(pidFile, 'utf8').trim();
    await cluster('inside', 'kill', '-STOP', pid);
    gate = async () => undefined;
    open.resolve();
    await cluster('inside', 'sh', '-c', `kill -CONT ${pid}; sleep ${aliveMs / 1000}; kill -KILL ${pid}`);
    rmSync(pidFile);
    await restart();
  }

  it.each(rounds)(
    'after %i ms has one effect or none, and its end is recorded',
    async (aliveMs) => {
      const audit = await openAuditLog(process.env['AUDIT_LOG'] ?? '');
      const cases = await approve(office, await standUp(stage, verbsInOrder(stage), `k${aliveMs}-`));

      const killed = killWith(cases.length, aliveMs);
      const performed = cases.map(({ verb, workId }, index) =>
        eventually(
          `${verb.name} is over`,
          async () => {
            await office.machines[index % machines]?.perform(workId);
            return (await office.isOver(workId)) || setTimeout(100, false);
          },
          2 * overWithinMs,
        ),
      );
      await Promise.all([killed, ...performed]);

      expect(await contradictions({ stage, office }, cases, await audit.since())).toEqual([]);
    },
    300_000,
  );
});
