import { describe, expect, it } from '@jest/globals';
import type { Parameter } from '../../src/domain/action.ts';
import { prefill } from '../../src/flow/prefill.ts';
import { alert } from './alerts.ts';

const pod: Parameter = { name: 'pod-name', type: 'pod', from: 'placeholder' };
const firing = (labels: Record<string, string>, fingerprint = 'a') => alert({ fingerprint, labels });

describe('pre-filling a parameter from alerts', () => {
  it('takes the label that all firing alerts agree on, and says which', () => {
    const alerts = [firing({ pod: 'web-1' }), firing({ pod: 'web-1' }, 'b')];

    expect(prefill(pod, alerts)).toEqual({ value: 'web-1', from: "the alert's label pod" });
  });

  it('leaves it to a person when they do not agree', () => {
    expect(prefill(pod, [firing({ pod: 'web-1' }), firing({ pod: 'web-2' }, 'b')])).toBeUndefined();
  });

  it('does not look at alerts that are over', () => {
    const over = { ...firing({ pod: 'web-2' }, 'b'), status: 'resolved' as const };

    expect(prefill(pod, [firing({ pod: 'web-1' }), over])?.value).toBe('web-1');
  });

  it.each([
    ['a path', '../../secrets'],
    ['a query', 'web-1?x=y'],
    ['a mention', '<!channel>'],
    ['10 kB', 'x'.repeat(10_000)],
    ['a character that turns text around', 'web\u202e1'],
    ['upper case', 'Web'],
    ['nothing', ''],
  ])('suggests nothing that cannot be a name: %s', (_, hostile) => {
    expect(prefill(pod, [firing({ pod: hostile })])).toBeUndefined();
    expect(prefill({ ...pod, default: 'web-0' }, [firing({ pod: hostile })])?.value).toBe('web-0');
  });

  it('falls back to a label of another name when the first is of no use', () => {
    expect(prefill(pod, [firing({ pod: 'a/b', exported_pod: 'web-3' })])).toMatchObject({
      value: 'web-3',
      from: "the alert's label exported_pod",
    });
  });
});
