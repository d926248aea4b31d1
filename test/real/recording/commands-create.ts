/** What makes objects. kubectl sends protobuf for most of them, which the stand-in does not take: those are held to the real cluster. */
import type { Table } from './table.ts';

export const createTable: Table = {
  same: [],
  manual: {
    'reads-secret': ['kubectl create secret generic x --from-literal=a=b', 'kubectl create token x'],
    'operator-host': ['kubectl create -f x.yaml'],
    'left-to-people': [
      'kubectl create serviceaccount x',
      'kubectl create quota q --hard=pods=3',
      'kubectl create service clusterip x --tcp=80',
      'kubectl expose deploy web --port=80',
      'kubectl run x --image=busybox',
      'kubectl replace -f x',
    ],
    'never-run': [
      'kubectl create role r --verb=get --resource=pods',
      'kubectl create clusterrolebinding x --clusterrole=cluster-admin --user=me',
    ],
    'edits-by-hand': ['kubectl edit deploy web', 'kubectl edit cm/web-config'],
  },
};
