/** Ends of objects, drains, and the verbs that take several objects: the same writes in the same order, and the same state. */
import { afterAll } from '@jest/globals';
import { closeRecorders } from './pool.ts';
import { describeTable } from './table.ts';

afterAll(closeRecorders);

describeTable('a command about several objects', {
  same: [
    'kubectl delete pod {pod:web}',
    'kubectl delete pods -l app=web',
    'kubectl delete deploy web api',
    'kubectl delete deploy,svc web',
    'kubectl delete deploy/web svc/api cm/web-config',
    'kubectl delete deploy,cm,svc --all',
    'kubectl delete pods --all',
    'kubectl delete pods --field-selector=status.phase=Running',
    'kubectl delete job migrate --cascade=orphan',
    'kubectl delete job migrate --cascade=foreground',
    'kubectl delete sts db --cascade=orphan',
    'kubectl delete hpa api',
    'kubectl delete pdb web --now',
    'kubectl delete node old-1',
    'kubectl delete deploy web nobody --ignore-not-found',
    'kubectl cordon node-2 gpu-1',
    'kubectl uncordon old-1 node-2',
    'kubectl cordon -l disk=ssd',
    'kubectl drain old-1 --ignore-daemonsets --force --delete-emptydir-data',
    'kubectl scale deploy web api --replicas=4',
    'kubectl scale deploy --all --replicas=2',
    'kubectl scale deploy,sts --all --replicas=1',
    'kubectl scale deploy -l app=web --replicas=0',
    'kubectl rollout restart deploy/web sts/db ds/agent',
    'kubectl rollout restart sts',
    'kubectl rollout pause deploy web api',
    'kubectl rollout restart deploy -l app=web',
  ],
  fails: [
    'kubectl delete deploy nobody',
    'kubectl cordon nobody',
    'kubectl drain nobody',
    'kubectl scale deploy -l app=nobody --replicas=1',
  ],
  idle: [
    'kubectl delete deploy -l app=nobody',
    'kubectl delete cm nobody --ignore-not-found',
    'kubectl rollout restart deploy -l app=nobody',
    'kubectl cordon old-1',
  ],
  declined: [
    'kubectl rollout restart deployment',
    'kubectl delete deploy web nobody',
    'kubectl drain node-2 --timeout=2s',
  ],
});
