/** The same contract on a real server: whatever KUBECONFIG points to. */
import { holdsKubernetesServer } from '../contracts/kubernetes-server.ts';
import { openNamespace } from './kubernetes-api.ts';

holdsKubernetesServer('a real one', () => openNamespace('contract'));
