/** Commands that kubectl itself stops at: it writes nothing, and we make no action of them either. */
import { afterAll, describe, expect, it } from '@jest/globals';
import { readingOf } from './compare.ts';
import { closeRecorders, withRecorders } from './pool.ts';
import { shop } from './world.ts';

const slips = [
  'kubectl --all delete pods',
  'kubectl -A get pods',
  'kubectl -w get pods',
  'kubectl -f logs lone',
  'kubectl --force drain node-2',
  'kubectl --containers top pods',
  'kubectl top --no-headers pods',
  "kubectl patch deploy web -p '{spec: {paused: true}}'",
  `kubectl patch deploy web -p '{"spec":{"paused":true},}'`,
  `kubectl patch deploy web -p '{"spec":{"paused":true}} # why'`,
  `kubectl patch deploy web -p "{'spec':{'paused':true}}"`,
  'kubectl patch deploy web -p {"spec":{"replicas":9}}',
  'kubectl create job x --from=cronjob/nightly -- date',
  'kubectl create cm -- x',
  'kubectl autoscale deploy web --min=4 --max=3',
  'kubectl cordon node node-2',
];

afterAll(closeRecorders);

describe('a command that kubectl stops at', () => {
  it.each(slips)(
    '%s',
    async (command) => {
      const [theirs] = await withRecorders([command], (recorder) => recorder.theirs(command, shop));

      expect(theirs).toMatchObject({ exit: 1, writes: [], changed: {} });
      expect(readingOf(command)).toMatchObject({ kind: 'manual', code: 'malformed' });
    },
    60_000,
  );
});
