import { inspectQueue } from '../../adapters/bullmq/inspect.ts';
import type { Environment } from '../../environment.ts';
import { checking, fail, type Finding, off, ok, warn } from './finding.ts';

const about = 'Redis';
/** BullMQ's own minimum (its documentation, "Redis compatibility"). */
const oldestMajor = 6;

export async function checkQueue({ redisUrl }: Environment): Promise<readonly Finding[]> {
  if (redisUrl === undefined) {
    return [off(about, 'REDIS_URL is not set: the queue lives inside the process, which is enough for one')];
  }
  return checking(
    about,
    'Check REDIS_URL. Until it answers, work waits for the sweeper; nothing is lost.',
    async () => {
      const { version, evictionPolicy } = await inspectQueue(redisUrl);
      const findings: Finding[] = [ok(about, `version ${version}`)];
      if (Number.parseInt(version, 10) < oldestMajor) {
        findings.push(fail(about, `version ${version} is too old`, 'Use Redis 6.2 or newer, or Valkey.'));
      }
      if (evictionPolicy !== undefined && evictionPolicy !== 'noeviction') {
        findings.push(
          warn(
            about,
            `maxmemory-policy is ${evictionPolicy}: wake-ups may be thrown away, and work is then late`,
            'Set maxmemory-policy noeviction.',
          ),
        );
      }
      return findings;
    },
  );
}
