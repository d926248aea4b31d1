/** What firebreak.yaml may say about how commands are read. Part of a runbook's digest where it is not the default. */

export type CompilePolicy = {
  /** Commands that only look when they run in a container, word by word; the patterns' language is in exec-policy.ts. */
  readonly exec: readonly (readonly string[])[];
  /** `localhost:8000` → the in-cluster URL that answers there: `http://api.shop.svc:8000`. */
  readonly localUrls: Readonly<Record<string, string>>;
};

/**
 * The programs that only look when their flags do. A GET by `curl` of the pod's own localhost is a rule of `kubectl exec` and no pattern. Which
 * flags of these programs only look, exec-policy.ts knows.
 */
export const defaultCompilePolicy: CompilePolicy = {
  exec: [
    ['nvidia-smi', '...'],
    ['hl-smi', '...'],
    ['df', '...'],
    ['du', '...'],
    ['free', '...'],
    ['ps', '...'],
    ['ls', '...'],
    ['uptime'],
    ['cat', '/proc/*'],
  ],
  localUrls: {},
};

/** What stands for the policy in a digest: nothing for the default, so that old buttons go on working. */
export const policyDigestText = (policy: CompilePolicy): string =>
  policy === defaultCompilePolicy || JSON.stringify(sorted(policy)) === JSON.stringify(sorted(defaultCompilePolicy))
    ? ''
    : JSON.stringify(sorted(policy));

const sorted = ({ exec, localUrls }: CompilePolicy): unknown => [
  exec.map((words) => JSON.stringify(words)).toSorted(),
  Object.entries(localUrls).toSorted(([a], [b]) => (a < b ? -1 : 1)),
];
