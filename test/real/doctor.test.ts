/** `firebreak doctor` on a real PostgreSQL, Redis and API server: the account of a service with too few rights, and an admin's. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { examine } from '../../src/cli/doctor.ts';
import type { Finding } from '../../src/cli/doctor/finding.ts';
import { openRealLedger } from './databases.ts';

const folder = mkdtempSync(join(tmpdir(), 'firebreak-doctor-'));
let ledger: Awaited<ReturnType<typeof openRealLedger>>;

beforeAll(async () => {
  ledger = await openRealLedger();
  writeFileSync(
    join(folder, 'runbook.md'),
    '# Shop\n\n## Web\n\n```bash\nkubectl get pods\nkubectl cordon node\n```\n',
  );
  writeFileSync(
    join(folder, 'firebreak.yaml'),
    [
      `clusters: { main: { kubeconfig: '${process.env['KUBECONFIG'] ?? ''}' } }`,
      'services:',
      '  - name: shop',
      '    match: { namespace: shop }',
      '    namespaces: [default]',
      '    runbooks: [runbook.md]',
      '    responders: { slack: [U0ALICE] }',
      'policy: { approvers: { slack: [U0CAROL] } }',
      '',
    ].join('\n'),
  );
});
afterAll(async () => {
  await ledger.close();
  rmSync(folder, { recursive: true, force: true });
});

it('knows the versions, the rights, and who could rewrite the journal', async () => {
  const findings: Finding[] = [];
  const variables = {
    FIREBREAK_CONFIG: join(folder, 'firebreak.yaml'),
    DATABASE_URL: ledger.url,
    REDIS_URL: process.env['REDIS_URL'],
  };

  for await (const found of examine(variables)) findings.push(...found);

  const said = (about: string): string[] =>
    findings.filter((finding) => finding.about === about).map(({ level, text }) => `${level}: ${text}`);
  expect(said('PostgreSQL')).toEqual([
    expect.stringMatching(/^ok: version \d+\.\d+, as role /),
    expect.stringContaining('could rewrite the journal (UPDATE on journal, '),
  ]);
  expect(said('Redis')[0]).toMatch(/^ok: version \d/);
  expect(said('cluster main')).toEqual([
    expect.stringMatching(/^ok: Kubernetes v1\.\d+/),
    expect.stringMatching(/^ok: all \d+ rights that the runbooks need$/),
    expect.stringContaining('may read Secrets'),
  ]);
});
