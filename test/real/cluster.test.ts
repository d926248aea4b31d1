import { holdsCluster } from '../contracts/cluster.ts';
import { openNamespace } from './kubernetes-api.ts';

holdsCluster('a real cluster', () => openNamespace('cluster'));
