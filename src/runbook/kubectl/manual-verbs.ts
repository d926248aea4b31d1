/** Verbs of kubectl and oc that stay manual whatever stands behind them, and why. */
import { quoted, refuse, type Refusal } from '../reasons.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.split(/\s+/));

/** Words of oc that every kubectl has under `oc adm`. */
const adminVerbs = words('top drain cordon uncordon taint');
/** What the rest of oc is about; kubectl has none of it. */
const openShift =
  words(`status projects new-project new-app new-build start-build cancel-build import-image tag process policy registry
  image idle observe import-from build-logs deploy env export secrets types ex catalog mirror`);
/** Plug-ins that many people have. Any other unknown word may be one, too. */
const plugins =
  words(`krew neat ctx ns stern tail tree who-can access-matrix rbac-lookup rbac-tool resource-capacity view-utilization
  node-shell node-ssh node-admin ssh sniff trace score popeye outdated images df-pv konfig ice iexec minio directpv rook-ceph cnpg
  argo argo-rollouts virt hns lineage klock graph ktop pods-used blame foreach fuzzy get-all grep history-tree ingress-nginx
  ipick janitor kail ketall kruise kubesec kurt kyverno linkerd istioctl cilium calico cert-manager cmctl convert ldap mtail
  multi-logs netshoot np-viewer oidc-login openebs operator pod-dive pod-inspect pod-lens pod-logs preflight prof-admin
  prompt prune-unused realname-diff reap relay restart-pod rolesum roll rolling-restart schemahero sick-pods slice slowdown
  starboard status strace sudo support-bundle tap tmux-exec topology unused-volumes velero view-allocations view-webhook
  warp whoami ai alidebug change-ns count crossplane fields explore debug-shell dds doctor evict evict-pod exec-as`);
const secretPlugins =
  /^(?:view-secret|modify-secret|view-serviceaccount-kubeconfig|secretdata|view-cert|get-secret|seal|kubeseal|secret)/;

/** The words behind `oc adm` that are verbs of kubectl. */
export const isAdminVerb = (word: string | undefined): boolean => word !== undefined && adminVerbs.has(word);

/** Undefined: the verb is compiled, or its own file says why not. `own` are the words behind it. */
export function manualVerb(verb: string, own: readonly string[]): Refusal | undefined {
  switch (verb) {
    case 'explain':
    case 'help':
    case 'options':
      return refuse('not-a-command', `\`kubectl ${verb}\` prints documentation and looks at nothing of the service.`);
    case 'completion':
    case 'plugin':
      return refuse('operator-host', `\`kubectl ${verb}\` is about the machine where it is typed.`);
    case 'diff':
    case 'kustomize':
      return refuse('operator-host', `\`kubectl ${verb}\` reads files of the machine where it is typed.`);
    case 'certificate':
      return refuse('never-run', 'Certificate requests are never approved or denied by this program.');
    case 'alpha':
      return refuse('unknown-verb', '`kubectl alpha` holds commands that differ from one version to the next.');
    case 'login':
    case 'logout':
    case 'project':
      return refuse(
        'operator-host',
        `\`oc ${verb}\` changes the login or the kubeconfig of the machine where it is typed.`,
      );
    case 'whoami':
      return own.some((word) => /^(?:-t|--show-token)(?:=|$)/.test(word))
        ? refuse('reads-secret', 'This prints a login token, which this program never handles.')
        : refuse('operator-host', '`oc whoami` tells as whom the person who types it is logged in.');
    case 'extract':
      return refuse(
        'reads-secret',
        '`oc extract` writes Secrets or ConfigMaps into files; do it by hand where you may.',
      );
    case 'sa':
    case 'serviceaccounts':
      return own[0] === 'get-token' || own[0] === 'create-kubeconfig' || own[0] === 'new-token'
        ? refuse('reads-secret', 'This prints a service account token, which this program never handles.')
        : undefined;
    case 'rsync':
      return refuse(
        'operator-host',
        '`oc rsync` copies files to or from the machine where it is typed; run it on your own.',
      );
    case 'adm':
      return adminReason(own);
    default:
      return undefined;
  }
}

function adminReason(own: readonly string[]): Refusal | undefined {
  const verb = own.find((word) => !word.startsWith('-'));
  if (isAdminVerb(verb)) return undefined;
  switch (verb) {
    case undefined:
      return refuse('malformed', '`oc adm` needs a command next.');
    case 'policy':
    case 'groups':
      return refuse('never-run', `\`oc adm ${verb}\` writes RBAC objects or groups, which this program never does.`);
    case 'certificate':
      return refuse('never-run', 'Certificate requests are never approved or denied by this program.');
    case 'node-logs':
      return refuse(
        'external-tool',
        "`oc adm node-logs` reads a node's journal through the kubelet's proxy, which only oc itself does.",
      );
    default:
      return refuse(
        'external-tool',
        `${quoted(`oc adm ${verb}`)} is a command of OpenShift's own that only oc itself has.`,
      );
  }
}

/** For a verb that nothing compiles. */
export function unknownVerb(verb: string, program: string): Refusal {
  if (secretPlugins.test(verb)) {
    return refuse(
      'reads-secret',
      `${quoted(`kubectl ${verb}`)} is a plug-in that shows Secrets, which this program never does.`,
    );
  }
  if (program === 'oc' && openShift.has(verb)) {
    return refuse('external-tool', `${quoted(`oc ${verb}`)} is a command of OpenShift's own that only oc itself has.`);
  }
  if (plugins.has(verb)) {
    return refuse(
      'external-tool',
      `${quoted(`kubectl ${verb}`)} is a plug-in, a program of its own on the machine where it is typed.`,
    );
  }
  return refuse(
    'unknown-verb',
    `${quoted(`${program} ${verb}`)} is no command of ${program} itself: a slip, or a plug-in on the machine where it is typed.`,
  );
}
