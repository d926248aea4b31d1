import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { compileRunbook } from '../../src/runbook/compile.ts';
import { lintRunbooks } from '../../src/runbook/lint/lint.ts';

const folder = new URL('../../runbooks/', import.meta.url);
const runbooks = readdirSync(folder).map((name) =>
  compileRunbook(readFileSync(new URL(name, folder), 'utf8'), { path: name }),
);

describe('our own runbooks', () => {
  it.each(runbooks)('$path: every command is an action', ({ procedures }) => {
    const manual = procedures
      .flatMap(({ steps }) => steps)
      .flatMap((step) =>
        step.kind === 'manual' && !step.prose ? [`${step.line}: ${step.source}: ${step.reason.text}`] : [],
      );

    expect(manual).toEqual([]);
  });

  it('have nothing that lint would say, whoever lints them', () => {
    const found = lintRunbooks(runbooks, { rules: [], alerts: {}, withNamespace: new Set(), minCoverage: 100 });

    expect(found).toEqual([]);
  });

  it.each([
    [
      'hdc-toolkit.md',
      ['HDC_CudaOutOfMemory', 'HDC_HighLatency', 'HDC_HighMemoryUsage', 'HDC_StartupFailure', 'HDC_HighErrorRate'],
    ],
    ['gaudi3-scale.md', ['HPUMemoryHigh', 'HighAPILatency', 'TrainingJobFailed', 'Gaudi3ScaleDown']],
    ['continual-tiny-transformer.md', ['ContinualHighMemoryUsage', 'TrainingLossHigh', 'ContinualInferenceSlow']],
    ['multimodal-pipeline.md', ['PipelineNotStarting', 'PipelineHighMemory', 'PipelineGpuErrors']],
    [
      'largeforge.md',
      [
        'HighLatency',
        'HighErrorRate',
        'ExpertDown',
        'GPUMemoryHigh',
        'RoutingFallbackHigh',
        'CertificateExpiresSoon',
        'DiskSpaceLow',
      ],
    ],
  ])('%s answers the alerts of its system, and says whom to call', (path, alerts) => {
    const found = runbooks.find((runbook) => runbook.path === path)?.procedures ?? [];

    expect(found.flatMap((procedure) => procedure.alerts)).toEqual(expect.arrayContaining(alerts));
    for (const procedure of found) expect(procedure.escalation.length).toBeGreaterThan(0);
  });

  it('have the ids that LargeForge gives its procedures', () => {
    const ids = runbooks.find(({ path }) => path === 'largeforge.md')?.procedures.map(({ id }) => id);

    const numbered = (word: string, count: number) =>
      Array.from({ length: count }, (_, index) => `${word}-00${index + 1}`);

    expect(ids).toEqual([numbered('INC', 7), numbered('MAINT', 4), numbered('REC', 2)].flat());
  });
});
