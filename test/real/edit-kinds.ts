/**
 * What may happen to an object between the approval of a plan and its effect, for each verb: `relevant` is whatever
 * people would not have approved (another value, another object, another owner); all else is `irrelevant`.
 */
import type { EffectPlan } from '../../src/flow/ports.ts';
import { textOf } from '../contracts/kubernetes-server-subject.ts';
import { eventually } from '../eventually.ts';
import type { VerbStage } from './verb-stage.ts';
import type { Manifest } from './verb-objects.ts';
import type { Place, VerbCase } from './verbs.ts';

export type Scene = {
  readonly stage: VerbStage;
  readonly verb: VerbCase;
  readonly at: Place;
  readonly effect: EffectPlan;
};

export type Edit = {
  readonly name: string;
  readonly relevant: boolean;
  /** `early`: before the request is built. Absent: at any time before it is sent. */
  readonly moment?: 'early' | 'late';
  /** Which part of the plan it is about; absent: each. */
  readonly part?: number;
  act(scene: Scene): Promise<void>;
};

const merge = 'application/merge-patch+json';
const json = 'application/json-patch+json';
const strategic = 'application/strategic-merge-patch+json';
const patienceMs = 30_000;

function pathOf({ target }: EffectPlan): string {
  const root = target.apiVersion.includes('/') ? `/apis/${target.apiVersion}` : `/api/${target.apiVersion}`;
  const scope = target.namespace === undefined ? '' : `/namespaces/${target.namespace}`;
  return `${root}${scope}/${target.resource}/${target.name}`;
}

async function send({ stage }: Scene, method: string, path: string, body: object, type = 'application/json') {
  const answer = await stage.server.send({
    method,
    path,
    headers: { 'Content-Type': type },
    body: JSON.stringify(body),
  });
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.text}`);
}
const patches = (
  name: string,
  relevant: boolean,
  body: object,
  { type = merge, under = '', ...more }: { type?: string; under?: string } & Pick<Edit, 'moment' | 'part'> = {},
): Edit => ({
  name,
  relevant,
  ...more,
  act: (scene) => send(scene, 'PATCH', pathOf(scene.effect) + under, body, type),
});

const end = (scene: Scene, options: object = {}) =>
  send(scene, 'DELETE', pathOf(scene.effect), { kind: 'DeleteOptions', apiVersion: 'v1', ...options });
const isOther = (scene: Scene, wanted: 'gone' | 'anew') =>
  eventually(
    `${scene.effect.target.name} is ${wanted}`,
    async () => {
      const found = await scene.stage.read(pathOf(scene.effect));
      if (found === undefined) return wanted === 'gone';
      return wanted === 'anew' && textOf(found['metadata']?.['uid']) !== scene.effect.target.uid;
    },
    patienceMs,
  );
const manifestIn = ({ verb, at, effect }: Scene): Manifest | undefined =>
  verb.objects(at).find(({ kind, metadata }) => kind === effect.target.kind && metadata.name === effect.target.name);

const deleted: Edit = {
  name: 'it is deleted',
  relevant: true,
  async act(scene) {
    const { verb, at } = scene;
    // A StatefulSet would make the pod again.
    const owner = manifestIn(scene) === undefined ? verb.objects(at)[0] : undefined;
    if (owner !== undefined) {
      await send(scene, 'DELETE', scene.stage.pathOf(owner), { propagationPolicy: 'Orphan' });
    }
    await end(scene);
    await isOther(scene, 'gone');
  },
};
const anew: Edit = {
  name: 'it is deleted and made anew',
  relevant: true,
  async act(scene) {
    await end(scene);
    const manifest = manifestIn(scene);
    if (manifest === undefined) return void (await isOther(scene, 'anew'));
    await isOther(scene, 'gone');
    await scene.stage.create(manifest);
  },
};
const going: Edit = {
  name: 'it is on its way out',
  relevant: true,
  moment: 'early',
  async act(scene) {
    await send(scene, 'PATCH', pathOf(scene.effect), { metadata: { finalizers: ['firebreak.dev/test'] } }, merge);
    await end(scene);
  },
};
/** So that the namespace can go. */
export async function letGo({ stage, effect }: Pick<Scene, 'stage' | 'effect'>): Promise<void> {
  const body = JSON.stringify({ metadata: { finalizers: null } });
  await stage.server.send({ method: 'PATCH', path: pathOf(effect), headers: { 'Content-Type': merge }, body });
}

const label = patches('another label', false, { metadata: { labels: { 'firebreak.dev/other': 'x' } } });
// Late, an object without any annotation would be refused: the request makes the place for its mark.
const annotation = patches(
  'another annotation',
  false,
  { metadata: { annotations: { 'firebreak.dev/other': 'x' } } },
  { moment: 'early' },
);
const condition = { type: 'Tested', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };
const status = patches(
  'its status',
  false,
  { status: { conditions: [condition] } },
  { type: strategic, under: '/status' },
);
const nodeStatus = patches(
  'its status',
  false,
  { status: { conditions: [{ ...condition, lastHeartbeatTime: '2026-01-01T00:00:00Z' }] } },
  { type: strategic, under: '/status' },
);
const mark = { metadata: { annotations: { 'firebreak.dev/plan': 'plan-of-somebody-else' } } };
const marks: readonly Edit[] = [
  patches('the mark of another plan that came before', false, mark, { moment: 'early' }),
  patches('the mark of another plan that comes between', true, mark, { moment: 'late' }),
];
/** Whatever the plan does to it. */
const always: readonly Edit[] = [deleted, anew, going, label, annotation];

const spec = (name: string, relevant: boolean, value: object, more: Pick<Edit, 'moment'> = {}): Edit =>
  patches(name, relevant, { spec: value }, { type: strategic, ...more });
const template = (name: string, relevant: boolean, container: object, more: Pick<Edit, 'moment'> = {}): Edit =>
  spec(name, relevant, { template: { spec: { containers: [{ name: 'app', ...container }] } } }, more);
const early = { moment: 'early' } as const;
/** They move the generation, but nothing that the plan is about. */
const history = spec('another field', false, { revisionHistoryLimit: 7 }, early);
const seconds = spec('another field', false, { minReadySeconds: 7 }, early);
const autoscaled = patches('an autoscaler', false, { spec: { replicas: 2 } }, { under: '/scale', ...early });
const image = (relevant: boolean): Edit =>
  template('another image', relevant, { image: 'workload:v3' }, relevant ? {} : early);
const replicas = spec('other replicas', true, { replicas: 2 });

const ahead: Edit = patches(
  'a container comes before it',
  true,
  [{ op: 'add', path: '/spec/template/spec/containers/0', value: { name: 'first', image: 'workload:v1' } }],
  { type: json },
);
const renamed: Edit = patches(
  'its container has another name',
  true,
  [{ op: 'replace', path: '/spec/template/spec/containers/0/name', value: 'main' }],
  { type: json },
);
const workload = (...edits: readonly Edit[]): readonly Edit[] => [...always, ...marks, status, ...edits];
const restartedBefore = spec('a restart by somebody else', true, {
  template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' } } },
});
const value = (name: string, relevant: boolean, data: object): Edit => patches(name, relevant, { data });
const config = (...edits: readonly Edit[]): readonly Edit[] => [...always, ...marks, ...edits];

/** Another one makes what the plan would make. */
const taken: Edit = {
  name: 'somebody else makes it',
  relevant: true,
  async act({ stage, effect }) {
    const manifest = effect.changes[0]?.after as Manifest | undefined;
    if (manifest === undefined) throw new Error('a creation has a manifest');
    await stage.create(manifest);
  },
};
const nextTo: Edit = {
  name: 'somebody makes another one',
  relevant: false,
  async act({ stage, at }) {
    await stage.create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `other-${at.suffix}` } });
  },
};
const ofSource = (name: string, relevant: boolean, run: (scene: Scene, path: string) => Promise<unknown>): Edit => ({
  name,
  relevant,
  ...early,
  async act(scene) {
    const [source] = scene.verb.objects(scene.at);
    if (source === undefined) throw new Error(`${scene.verb.name} is made of nothing`);
    await run(scene, scene.stage.pathOf(source));
  },
});
const sourceGone = ofSource('what it is made of is gone', true, (scene, path) => send(scene, 'DELETE', path, {}));
const sourceAnew = ofSource('what it is made of was made anew', true, async (scene, path) => {
  await send(scene, 'DELETE', path, {});
  for (const manifest of scene.verb.objects(scene.at)) await scene.stage.create(manifest);
});
const sourceLabelled = ofSource('what it is made of has another label', false, (scene, path) =>
  send(scene, 'PATCH', path, { metadata: { labels: { 'firebreak.dev/other': 'x' } } }, merge),
);
const orphaned = ofSource('its controller is gone', true, async (scene, path) => {
  await send(scene, 'DELETE', path, { propagationPolicy: 'Orphan' });
  // Nobody evicts or deletes as one that is made again what nothing makes again.
  await eventually(
    `${scene.effect.target.name} has no owner`,
    async () => {
      const owners = (await scene.stage.read(pathOf(scene.effect)))?.['metadata']?.['ownerReferences'];
      return owners === undefined;
    },
    patienceMs,
  );
});

const unschedulable = (value: boolean | null): Edit =>
  patches('somebody cordons or uncordons it', true, { spec: { unschedulable: value } });
const tainted = (relevant: boolean): Edit =>
  patches(
    'another taint',
    relevant,
    [{ op: 'add', path: '/spec/taints/-', value: { key: 'firebreak.dev/other', effect: 'NoSchedule' } }],
    { type: json },
  );
const node = (...edits: readonly Edit[]): readonly Edit[] => [...always, ...marks, nodeStatus, ...edits];
const made: readonly Edit[] = [taken, nextTo];

/** By the name of the case. */
const byVerb: Readonly<Record<string, readonly Edit[]>> = {
  'scale deployment': workload(replicas, history, image(false)),
  'scale sts': workload(replicas, history, image(false)),
  'scale rs': workload(replicas, seconds),
  'restart deployment': workload(restartedBefore, history, autoscaled, image(false)),
  'restart sts': workload(restartedBefore, history, autoscaled, image(false)),
  'restart ds': workload(restartedBefore, history, image(false)),
  'undo deployment': workload(image(true), history, autoscaled),
  'undo sts': workload(image(true), history, autoscaled),
  'undo ds': workload(image(true), history),
  'pause deployment': workload(spec('somebody pauses it', true, { paused: true }), history, autoscaled, image(false)),
  'resume deployment': workload(spec('somebody resumes it', true, { paused: false }), history, image(false)),
  'set image deployment': workload(image(true), ahead, renamed, history, autoscaled),
  'set env deployment': workload(
    template('another value', true, { env: [{ name: 'MODE', value: 'other' }] }),
    ahead,
    renamed,
    history,
    autoscaled,
  ),
  'set resources deployment': workload(
    template('other limits', true, { resources: { limits: { memory: '32Mi' } } }),
    ahead,
    renamed,
    image(false),
    history,
    autoscaled,
  ),
  'patch deployment': workload(spec('another value', true, { minReadySeconds: 9 }), history, autoscaled, image(false)),
  'json patch deployment': workload(replicas, history, image(false)),
  'merge patch': config(value('another value', true, { a: '5' }), value('another key', false, { z: '5' })),
  'patch of a custom resource': config(
    patches('another value', true, { spec: { size: 7 } }),
    patches('another field', false, { spec: { colour: 'red' } }, early),
    patches('its status', false, { status: { seen: 3 } }, { under: '/status' }),
  ),
  'patch of an autoscaler': [
    ...always,
    ...marks,
    status,
    patches('another value', true, { spec: { minReplicas: 3 } }),
    patches('another value', true, { spec: { maxReplicas: 5 } }),
    patches('another field', false, { spec: { scaleTargetRef: { name: 'other' } } }, early),
  ],
  'set field': workload(spec('another value', true, { revisionHistoryLimit: 3 }), seconds, autoscaled, image(false)),
  label: workload(patches('another value', true, { metadata: { labels: { team: 'x' } } }), history, image(false)),
  annotate: config(
    patches('another value', true, { metadata: { annotations: { note: 'y' } } }),
    value('data', false, { a: '5' }),
  ),
  taint: node(tainted(true)),
  cordon: node(unschedulable(true), tainted(false)),
  uncordon: node(unschedulable(null), tainted(false)),
  'apply to what is there': config(
    value('another value', true, { a: '7' }),
    value('the key that is new', true, { b: '7' }),
    value('another key', false, { z: '7' }),
  ),
  drain: [
    { ...unschedulable(true), part: 0 },
    { ...nodeStatus, part: 0 },
    ...[1, 2].flatMap((part) => [deleted, going, label, annotation].map((edit) => ({ ...edit, part }))),
  ],
  'delete pod': [...always, status, orphaned],
  evict: [...always, status, orphaned],
  'delete deployment': [...always, status, history, image(false), autoscaled],
  'delete job': [...always],
  'delete pvc': [...always],
  'delete config map': [...always, value('another value', false, { a: '5' })],
  'delete by selector': [...always, value('another value', false, { a: '5' })],
  'apply of what is new': made,
  'create config map': made,
  'create deployment': made,
  'create namespace': made,
  'create job': [...made, sourceGone, sourceAnew, sourceLabelled],
  autoscale: [...made, sourceLabelled],
  exec: [deleted, label, annotation],
};

/** Throws for a case that the table does not know. */
export function editsOf({ name }: VerbCase): readonly Edit[] {
  const edits = byVerb[name];
  if (edits === undefined) throw new Error(`what is relevant to ${name}? Say it in edit-kinds.ts`);
  return edits;
}
