/** More objects than one answer holds: what is printed is what the real kubectl prints, byte for byte. */
import { afterAll, beforeAll, describe, it } from '@jest/globals';
import { connectCluster } from '../../src/adapters/kubernetes/cluster.ts';
import { isRead } from '../../src/domain/action.ts';
import type { ClusterRead } from '../../src/domain/read-action.ts';
import type { Cluster } from '../../src/flow/ports.ts';
import { bindAction } from '../../src/runbook/bind.ts';
import { compileKubectl } from '../../src/runbook/kubectl/kubectl.ts';
import { createRecordingLog } from '../adapters/recording-log.ts';
import type { ServerForCluster } from '../contracts/cluster.ts';
import { openNamespace } from './kubernetes-api.ts';
import { createMany, idlePod } from './many-objects.ts';
import { expectSame } from './side-by-side.ts';

const maps = 1_200;
const pods = 620;

/** The widest cells stand in the second and the last piece. */
const lines = `
get cm
get cm --no-headers
get cm --show-labels
get cm -L group,wide
get cm -A -l suite=NAMESPACE
get cm --sort-by=.data.order
get cm --sort-by=.metadata.name -o name
get cm -o name
get cm -o yaml
get cm -o json
get cm -l group=3 -o yaml
get cm -o jsonpath={.items[*].metadata.name}
get cm -o jsonpath={range.items[*]}{.metadata.name}:{.data.order}{end}
get cm -o custom-columns=NAME:.metadata.name,ORDER:.data.order
get cm -o custom-columns=NAME:.metadata.name,ORDER:.data.order --sort-by=.data.order
get cm --field-selector metadata.name!=map-0001
get cm,pods
get pods
get pods -o wide
get pods -A -o wide -l suite=NAMESPACE
get pods --sort-by=.metadata.labels.order
get pods --field-selector=status.phase=Pending -o name
describe cm map-119
describe cm -l group=3 --show-events=false
describe pods pod-061
logs -l app=nobody
`
  .trim()
  .split('\n');

describe('long lists', () => {
  let server: ServerForCluster;
  let cluster: Cluster;
  beforeAll(async () => {
    server = await openNamespace('pages');
    cluster = connectCluster({ name: 'main', ...server.access, log: createRecordingLog() });
    const { namespace } = server;
    const suite = { suite: namespace };
    await createMany(
      server,
      `/api/v1/namespaces/${namespace}/configmaps`,
      Array.from({ length: maps }, (_, index) => ({
        metadata: {
          name: `map-${String(index).padStart(4, '0')}${index === 700 ? '-and-a-longer-name-than-the-others-have' : ''}`,
          labels: { ...suite, group: String(index % 40), wide: index === maps - 1 ? 'x'.repeat(40) : 'y' },
        },
        data: { order: String((index * 7) % maps), ...(index === 900 && { more: 'b' }) },
      })),
    );
    await createMany(
      server,
      `/api/v1/namespaces/${namespace}/pods`,
      Array.from({ length: pods }, (_, index) =>
        idlePod(`pod-${String(index).padStart(4, '0')}`, { ...suite, order: String((index * 7) % pods) }),
      ),
    );
  }, 60_000);
  afterAll(async () => {
    await cluster.close();
    await server.close();
  });

  it.each(lines)('kubectl %s', async (line) => {
    const words = line.replaceAll('NAMESPACE', server.namespace).split(' ');

    await expectSame({ cluster, namespace: server.namespace, masked: withoutAges }, words, readOf(words));
  });
});

const withoutAges = (text: string): string => text.replaceAll(/(?<=\s)(\d+m)?\d+s(?=\s)/g, 'AGE');

/** Throws when the words are no read. */
function readOf(words: readonly string[]): ClusterRead {
  const made = compileKubectl(words);
  if (!('action' in made) || !isRead(made.action)) throw new Error(`${words.join(' ')} is no read`);
  const bound = bindAction(made.action, [], {});
  if (!bound.ok || !isRead(bound.action)) throw new Error(`${words.join(' ')} cannot run as it is`);
  // kubectl's own words make no other kind of read.
  return bound.action as ClusterRead;
}
