import { describe, expect, it } from '@jest/globals';
import { compileRunbook } from '../../src/runbook/compile.ts';
import { type Candidate, matchProcedures, searchProcedures } from '../../src/runbook/match.ts';

const part = (title: string, extra = ''): string =>
  `## ${title}\n\n${extra}\n\n\`\`\`bash\nkubectl get pods\n\`\`\`\n\n`;
const web = compileRunbook(
  `# Web\n\n${part('INC-001: Slow answers', '**Alert:** `HighLatency`, `P99High`')}${part('INC-002: Errors', '**Alert:** `HighErrorRate`')}${part('Queue Full')}`,
  { path: 'runbooks/web.md' },
);
const gpu = compileRunbook(
  `# GPU\n\n${part('1. CUDA Out of Memory (OOM)', '- Alert: "GPU_OOM" firing')}${part('HighErrorRate')}${part('High API Latency Alert')}`,
  { path: 'runbooks/gpu.md' },
);
const disk = compileRunbook(part('Clean up'), { path: 'runbooks/DiskFull.md' });
const runbooks = [web, gpu, disk];

const ids = (found: readonly Candidate[]): string[] =>
  found.map(({ path, procedure }) => `${path.slice(9)}#${procedure.id}`);

describe('an alert', () => {
  it.each<[string, Parameters<typeof matchProcedures>[0], Record<string, string>, string[]]>([
    ['by an id that a runbook names', { alertName: 'HighLatency' }, {}, ['web.md#INC-001']],
    ['by the second of its ids', { alertName: 'P99High' }, {}, ['web.md#INC-001']],
    [
      'by several that name it, for a person to choose',
      { alertName: 'HighErrorRate' },
      {},
      ['web.md#INC-002', 'gpu.md#higherrorrate'],
    ],
    ['by the map before the ids', { alertName: 'HighErrorRate' }, { HighErrorRate: 'INC-001' }, ['web.md#INC-001']],
    [
      'by a map that names the file',
      { alertName: 'X' },
      { X: 'gpu.md#cuda-out-of-memory' },
      ['gpu.md#cuda-out-of-memory'],
    ],
    [
      'by the anchor before the map',
      { alertName: 'HighLatency', runbookUrl: 'https://wiki/web#queue-full' },
      { HighLatency: 'INC-002' },
      ['web.md#queue-full'],
    ],
    [
      'by an anchor made from the whole title',
      { alertName: 'X', runbookUrl: 'https://wiki/web.md#inc-002-errors' },
      {},
      ['web.md#INC-002'],
    ],
    [
      'by the last segment of the address',
      { alertName: 'X', runbookUrl: 'https://wiki/a/queue-full/?v=1' },
      {},
      ['web.md#queue-full'],
    ],
    [
      'by the last segment that is an alert',
      { alertName: 'X', runbookUrl: 'https://wiki/runbooks/GPU_OOM' },
      {},
      ['gpu.md#cuda-out-of-memory'],
    ],
    [
      'by the map when the address says nothing',
      { alertName: 'X', runbookUrl: 'https://wiki/%E0%A4%A' },
      { X: 'INC-002' },
      ['web.md#INC-002'],
    ],
    ['by an id in another spelling', { alertName: 'GpuOom' }, {}, ['gpu.md#cuda-out-of-memory']],
    ['by a title that is an alert', { alertName: 'HighAPILatency' }, {}, ['gpu.md#high-api-latency-alert']],
    ['by the title', { alertName: 'QueueFull' }, {}, ['web.md#queue-full']],
    ['by the title without what is in brackets', { alertName: 'CudaOutOfMemory' }, {}, ['gpu.md#cuda-out-of-memory']],
    ['by the title behind the author’s id', { alertName: 'SlowAnswers' }, {}, ['web.md#INC-001']],
    ['by the name of the file', { alertName: 'DiskFull' }, {}, ['DiskFull.md#clean-up']],
    ['by nothing', { alertName: 'Unheard' }, {}, []],
    ['by nothing of every object', { alertName: 'constructor' }, {}, []],
  ])('is matched %s', (_, alert, alerts, expected) => {
    expect(ids(matchProcedures(alert, runbooks, alerts))).toEqual(expected);
  });
});

describe('a search', () => {
  const aliases = { 'gpu-oom': 'cuda-out-of-memory', lost: 'NO-1' };

  it.each([
    ['gpu-oom', ['gpu.md#cuda-out-of-memory']],
    ['GPU-OOM', ['gpu.md#cuda-out-of-memory']],
    ['inc-002', ['web.md#INC-002']],
    ['web.md#INC-002', ['web.md#INC-002']],
    ['queue full', ['web.md#queue-full']],
    ['HighErrorRate', ['gpu.md#higherrorrate']],
    ['P99High', ['web.md#INC-001']],
  ])('for %s is exact', (query, expected) => {
    const found = searchProcedures(query, runbooks, aliases);

    expect(ids(found)).toEqual(expected);
    expect(found.every(({ exact }) => exact)).toBe(true);
  });

  it('forgives a slip, ranks, and says that it guessed', () => {
    expect(searchProcedures('memroy', runbooks, aliases)[0]).toMatchObject({ exact: false });
    expect(ids(searchProcedures('out of memroy', runbooks, aliases))[0]).toBe('gpu.md#cuda-out-of-memory');
    expect(
      ids(searchProcedures('latency', runbooks, aliases))
        .slice(0, 2)
        .toSorted(),
    ).toEqual(['gpu.md#high-api-latency-alert', 'web.md#INC-001']);
  });

  it('finds nothing for nonsense, and nothing for nothing', () => {
    expect(searchProcedures('zzzzqqq', runbooks, aliases)).toEqual([]);
    expect(searchProcedures('  ', runbooks, aliases)).toEqual([]);
  });
});
