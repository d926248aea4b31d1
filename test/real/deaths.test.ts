/**
 * Every verb, with a worker that is ended by SIGKILL at each place between T1 and T2 and at a few others. One effect or
 * none, and what is recorded agrees with the audit log and with what stands on the cluster.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openAuditLog } from '../scenario/audit-log.ts';
import { type Office, openOffice } from './approved-plans.ts';
import { contradictions } from './deaths-evidence.ts';
import { allOver, approve, type Case, standUp, verbsInOrder } from './deaths-stage.ts';
import type { Setting } from './deaths-worker.ts';
import { openVerbStage, type VerbStage } from './verb-stage.ts';
import { partsIn } from './verbs.ts';

/** Where the copy of a verb with this letter in its names is held up. */
const places = {
  a: 't1:before-commit',
  b: 'request:before',
  c: 'request:after',
  d: 't2:before-commit',
} as const;
/** Copies that are held up inside of a transaction keep a connection each. */
const verbsTogether = 11;
/** Less than what a transaction may stand idle. */
const lifeMsMax = 28_000;

describe('every verb, with a worker that is killed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'firebreak-deaths-'));
  let stage: VerbStage;
  let office: Office;
  let audit: Awaited<ReturnType<typeof openAuditLog>>;
  beforeAll(async () => {
    audit = await openAuditLog(process.env['AUDIT_LOG'] ?? '');
    stage = await openVerbStage('deaths');
    office = await openOffice(stage.server.access, { machines: 1 });
  });
  afterAll(async () => {
    await office.close();
    await stage.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** One life of the worker. It is ended by itself, or when `until` has come; gives where each plan was last. */
  async function live(over: Partial<Setting>, until?: () => Promise<void>): Promise<ReadonlyMap<string, string>> {
    const { access } = stage.server;
    if (!('kubeconfig' in access)) throw new Error('a process reads its kubeconfig from a file');
    const { url, services } = office;
    const setting: Setting = { url, services, kubeconfig: access.kubeconfig, heldUp: {}, ...over };
    const file = join(folder, 'setting.json');
    writeFileSync(file, JSON.stringify(setting));
    const script = join(import.meta.dirname, 'deaths-worker.ts');
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', script, file], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const lastAt = new Map<string, string>();
    createInterface({ input: child.stdout }).on('line', (line) => {
      const [plan = '', at = ''] = line.split(' ');
      lastAt.set(plan, at);
    });
    const closed = once(child, 'close');
    try {
      if (until) await until();
      else if ((await Promise.race([closed, setTimeout(lifeMsMax, 'late', { ref: false })])) === 'late') {
        const waited = Object.entries(setting.heldUp).filter(([plan, { at }]) => lastAt.get(plan) !== at);
        throw new Error(`the worker lives on: ${JSON.stringify(waited.map(([plan]) => [plan, lastAt.get(plan)]))}`);
      }
    } finally {
      child.kill('SIGKILL');
      await closed;
    }
    expect(child.signalCode).toBe('SIGKILL');
    return lastAt;
  }

  it('has one effect or none, and its end is recorded', async () => {
    const verbs = verbsInOrder(stage);
    const cases: Case[] = [];
    for (let from = 0; from < verbs.length; from += verbsTogether) {
      const heldUp: Record<string, Setting['heldUp'][string]> = {};
      const group: Case[] = [];
      for (const [letter, at] of Object.entries(places)) {
        const standing = await standUp(stage, verbs.slice(from, from + verbsTogether), letter);
        const approved = await approve(office, standing);
        group.push(...approved);
        for (const { plan, verb } of approved) {
          // Of several parts the second: the first has its outcome by then. T1 is there once.
          heldUp[plan.id] = { at, times: at.startsWith('t1') ? 1 : Math.min(2, partsIn(verb)) };
        }
      }

      const diedAt = await live({ heldUp });

      const missed = group.filter(({ plan }) => diedAt.get(plan.id) !== heldUp[plan.id]?.at);
      expect(missed.map(({ verb, at }) => `${verb.name} ${at.suffix}`)).toEqual([]);
      cases.push(...group);
    }
    for (const endsAtPass of [5, 23]) await live({ endsAtPass });
    await live({}, () => allOver(office, cases));

    expect(await contradictions({ stage, office }, cases, await audit.since())).toEqual([]);
  }, 400_000);
});
