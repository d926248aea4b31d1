import { describe, expect, it } from '@jest/globals';
import type { Json } from '../../../../src/domain/json.ts';
import { troublesOf } from '../../../../src/adapters/kubernetes/verify/pod-trouble.ts';
import { diagnosisOf } from '../../../../src/adapters/kubernetes/verify/sentence.ts';
import { type Evidence, noEvidence } from '../../../../src/adapters/kubernetes/verify/trouble.ts';
import { after, eventFor, looping, pod, running, start, terminated, waiting } from './pods.ts';

const told = (pods: readonly Json[], seconds: number, evidence: Evidence = noEvidence) =>
  diagnosisOf({ pods, noun: 'new pod', troubles: troublesOf(pods, evidence, start + seconds * 1000) }, evidence);
const wrote = (uid: string, line: string): Evidence => ({ ...noEvidence, lastLines: new Map([[uid, line]]) });
const unscheduled = (message: string, reason = 'Unschedulable') =>
  pod({ conditions: [{ type: 'PodScheduled', status: 'False', reason, message, lastTransitionTime: after(0) }] });

describe('the trouble of a new pod', () => {
  const pullFailed =
    'failed to pull and unpack image "docker.io/library/web:2": failed to resolve reference "docker.io/library/web:2": ';

  it.each<[string, Json, number, string | undefined, boolean?]>([
    ['starting', pod({ statuses: [waiting('ContainerCreating')] }), 5, undefined],
    ['serving', pod({ statuses: [running({ ready: true })], status: { phase: 'Running' } }), 5, undefined],
    [
      'a name that is none, at once',
      pod({ statuses: [waiting('InvalidImageName', 'invalid reference format')] }),
      0,
      'does not start: image web:2 is no valid name (InvalidImageName)',
      true,
    ],
    [
      'an image that must be there and is not',
      pod({ statuses: [waiting('ErrImageNeverPull')] }),
      0,
      'does not start: image web:2 is not on the node, and its policy is never to pull it (ErrImageNeverPull)',
      true,
    ],
    [
      'an image that is not there',
      pod({ statuses: [waiting('ErrImagePull', `${pullFailed}web:2: not found`)] }),
      29,
      'does not start: image web:2 cannot be pulled: not found (ErrImagePull)',
    ],
    [
      'an image that is still not there',
      pod({
        statuses: [waiting('ImagePullBackOff', `Back-off pulling image "web:2": ErrImagePull: ${pullFailed}not found`)],
      }),
      30,
      'does not start: image web:2 cannot be pulled: not found (ImagePullBackOff)',
      true,
    ],
    [
      'an image that we may not pull',
      pod({
        statuses: [
          waiting('ErrImagePull', `${pullFailed}pull access denied, repository does not ex…: authorization failed`),
        ],
      }),
      5,
      'does not start: image web:2 cannot be pulled: unauthorized (ErrImagePull)',
    ],
    [
      'a registry that does not answer',
      pod({
        statuses: [
          waiting(
            'ErrImagePull',
            `${pullFailed}failed to do request: Head "https://registry-1.docker.io/v2": dial tcp: lookup x`,
          ),
        ],
      }),
      5,
      'does not start: image web:2 cannot be pulled: the registry cannot be reached (ErrImagePull)',
    ],
    [
      'an image whose back-off does not say why',
      pod({ statuses: [waiting('ImagePullBackOff', 'Back-off pulling image "web:2"')] }),
      5,
      'does not start: image web:2 cannot be pulled: no reason is given (ImagePullBackOff)',
    ],
    [
      'a config map that is not there',
      pod({ statuses: [waiting('CreateContainerConfigError', 'configmap "web" not found')] }),
      30,
      'does not start: CreateContainerConfigError, configmap "web" not found',
      true,
    ],
    [
      'a key that is not there, for a moment',
      pod({ statuses: [waiting('CreateContainerConfigError', "couldn't find key mode in ConfigMap shop/web")] }),
      10,
      "does not start: CreateContainerConfigError, couldn't find key mode in ConfigMap shop/web",
    ],
    ['a first crash', pod({ statuses: [running({ state: terminated(1) })] }), 1, 'does not stay up: exit 1'],
    [
      'a crash loop of two restarts',
      pod({ statuses: [looping(2)] }),
      20,
      'does not stay up: CrashLoopBackOff, exit 1 after 2 restarts',
    ],
    [
      'a crash loop of three restarts',
      pod({ statuses: [looping(3)] }),
      40,
      'does not stay up: CrashLoopBackOff, exit 1 after 3 restarts',
      true,
    ],
    [
      'a crash by a signal',
      pod({ statuses: [looping(1, terminated(139))] }),
      40,
      'does not stay up: CrashLoopBackOff, exit 139 (SIGSEGV) after 1 restart',
    ],
    [
      'a program that ends well, again and again',
      pod({ statuses: [looping(4, terminated(0, 'Completed'))] }),
      40,
      'does not stay up: CrashLoopBackOff, exit 0 (its program is over) after 4 restarts',
      true,
    ],
    [
      'its memory limit',
      pod({
        statuses: [looping(3, terminated(137, 'OOMKilled'))],
        spec: { containers: [{ name: 'app', resources: { limits: { memory: '64Mi' } } }] },
      }),
      40,
      'does not stay up: CrashLoopBackOff, OOMKilled at its memory limit of 64Mi after 3 restarts',
      true,
    ],
    [
      "its node's memory",
      pod({ statuses: [looping(1, terminated(137, 'OOMKilled'))] }),
      40,
      'does not stay up: CrashLoopBackOff, OOMKilled: its node ran out of memory after 1 restart',
    ],
    [
      'a program that is not in the image',
      pod({
        statuses: [
          looping(
            3,
            terminated(
              128,
              'StartError',
              'failed to create containerd task: runc create failed: exec: "/no": stat /no: no such file or directory: unknown',
            ),
          ),
        ],
      }),
      40,
      'does not stay up: CrashLoopBackOff, StartError, exec: "/no": stat /no: no such file or directory after 3 restarts',
      true,
    ],
    [
      'a restart, just now',
      pod({
        statuses: [
          running({ restartCount: 1, lastState: terminated(1), state: { running: { startedAt: after(10) } } }),
        ],
      }),
      39,
      'does not stay up: exit 1, started again (1 restart)',
    ],
    [
      'a restart that was long ago',
      pod({
        statuses: [
          running({
            ready: true,
            restartCount: 1,
            lastState: terminated(1),
            state: { running: { startedAt: after(10) } },
          }),
        ],
      }),
      40,
      undefined,
    ],
    [
      'one of several containers',
      pod({ statuses: [running({ name: 'proxy', ready: true }), looping(1)] }),
      20,
      'does not stay up: container app: CrashLoopBackOff, exit 1 after 1 restart',
    ],
    [
      'an init container',
      pod({ inits: [looping(1, terminated(2), { name: 'migrate' })], statuses: [waiting('PodInitializing')] }),
      20,
      'does not stay up: init container migrate: CrashLoopBackOff, exit 2 after 1 restart',
    ],
    [
      'an init container that is done',
      pod({
        inits: [running({ name: 'migrate', state: terminated(0, 'Completed') })],
        statuses: [waiting('PodInitializing')],
      }),
      20,
      undefined,
    ],
    [
      'no room',
      unscheduled(
        '0/3 nodes are available: 3 Insufficient memory. preemption: 0/3 nodes are available: 3 No preemption victims found for incoming pod.',
      ),
      59,
      'is Pending: 0/3 nodes are available: 3 Insufficient memory',
    ],
    [
      'no room for a minute',
      unscheduled('0/3 nodes are available: 3 Insufficient memory.'),
      60,
      'is Pending: 0/3 nodes are available: 3 Insufficient memory, for 60 s by now; a cluster autoscaler may still bring a node',
      true,
    ],
    [
      'a gate',
      pod({
        conditions: [
          { type: 'PodScheduled', status: 'False', reason: 'SchedulingGated', lastTransitionTime: after(0) },
        ],
        spec: { schedulingGates: [{ name: 'example.com/quota' }] },
      }),
      600,
      'is Pending: it is held back by its scheduling gates example.com/quota',
    ],
    [
      'an end that does not come',
      pod({ metadata: { deletionTimestamp: after(0), finalizers: ['example.com/keep'] } }),
      10,
      'does not end: its finalizer example.com/keep keeps it',
    ],
    ['an end that may still come', pod({ metadata: { deletionTimestamp: after(0) } }), 9, undefined],
    [
      'a program that ignores its end',
      pod({ metadata: { deletionTimestamp: after(0) } }),
      10,
      'does not end: its containers run on past their grace period',
    ],
    [
      'being pushed off its node',
      pod({ status: { phase: 'Failed', reason: 'Evicted', message: 'The node was low on resource: memory. ' } }),
      10,
      'does not stay up: Evicted, The node was low on resource: memory',
    ],
    [
      'a probe, when no event can be read',
      pod({ statuses: [running()], status: { phase: 'Running' } }),
      30,
      'is not ready: its containers run, and their readiness probes do not pass',
    ],
    [
      'a job of its own that ended well',
      pod({ status: { phase: 'Succeeded' }, statuses: [running({ state: terminated(0, 'Completed') })] }),
      30,
      undefined,
    ],
  ])('%s', (_, one, seconds, text, isFinal = false) => {
    const found = told([one], seconds);

    expect(found).toEqual(text === undefined ? undefined : { text: `New pod web-1 ${text}`, isFinal });
  });

  it.each<[string, Json, Evidence, number, string, boolean]>([
    [
      'a probe that says no',
      pod({ statuses: [running()] }),
      eventFor('web-1', 'Unhealthy', 'Readiness probe failed: HTTP probe failed with statuscode: 503'),
      5,
      'is not ready: Readiness probe failed: HTTP probe failed with statuscode: 503',
      false,
    ],
    [
      'a volume that is attached elsewhere',
      pod({ statuses: [waiting('ContainerCreating')] }),
      eventFor(
        'web-1',
        'FailedAttachVolume',
        'Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) db-0',
      ),
      90,
      'does not start: Multi-Attach error for volume "pvc-1" Volume is already used by pod(s) db-0',
      false,
    ],
    [
      'a config map to mount that is not there',
      pod({ statuses: [waiting('ContainerCreating')] }),
      eventFor('web-1', 'FailedMount', 'MountVolume.SetUp failed for volume "conf" : configmap "web" not found'),
      30,
      'does not start: MountVolume.SetUp failed for volume "conf" : configmap "web" not found',
      true,
    ],
    [
      'a pull that failed late is given its time',
      pod({ statuses: [waiting('ErrImagePull', 'web:2: not found')] }),
      eventFor('web-1', 'Failed', 'Failed to pull image', 100),
      120,
      'does not start: image web:2 cannot be pulled: not found (ErrImagePull)',
      false,
    ],
    [
      'no room, and an autoscaler at work',
      unscheduled('0/3 nodes are available: 3 Insufficient cpu.'),
      eventFor('web-1', 'TriggeredScaleUp', 'pod triggered scale-up'),
      90,
      'is Pending: 0/3 nodes are available: 3 Insufficient cpu; the autoscaler brings a node',
      false,
    ],
    [
      'an end on a node that is down',
      pod({ metadata: { deletionTimestamp: after(0) }, spec: { nodeName: 'node-1' } }),
      { ...noEvidence, nodesDown: new Set(['node-1']) },
      60,
      'does not end: its node node-1 is NotReady',
      false,
    ],
    [
      'a liveness probe that had it ended',
      pod({ statuses: [looping(2, terminated(137))] }),
      eventFor('web-1', 'Unhealthy', 'Liveness probe failed: HTTP probe failed with statuscode: 500', 4),
      20,
      'does not stay up: CrashLoopBackOff, exit 137 (SIGKILL) after 2 restarts: Liveness probe failed: HTTP probe failed with statuscode: 500',
      false,
    ],
    [
      'its last words, without the secret in a message',
      pod({ statuses: [looping(1)] }),
      wrote('uid-web-1/app', 'no database'),
      20,
      'does not stay up: CrashLoopBackOff, exit 1 after 1 restart; last log line "no database"',
      false,
    ],
  ])('with what its events tell: %s', (_, one, evidence, seconds, text, isFinal) => {
    expect(told([one], seconds, evidence)).toEqual({ text: `New pod web-1 ${text}`, isFinal });
  });
});

describe('several pods', () => {
  const crashing = (name: string, restarts: number) => pod({ name, statuses: [looping(restarts)] });
  const fine = pod({
    name: 'ok',
    statuses: [running({ ready: true })],
    conditions: [{ type: 'Ready', status: 'True' }],
  });

  it('in one trouble are told together, by the one that had it longest', () => {
    const pods = [crashing('a', 1), fine, crashing('b', 4)];

    expect(told(pods, 60, wrote('uid-b/app', 'no database'))).toEqual({
      text: '2 of 3 new pods do not stay up (b, a): CrashLoopBackOff, exit 1 after 4 restarts; last log line "no database"',
      isFinal: true,
    });
  });

  it('are named up to three, and troubles told up to three, those that do not mend themselves first', () => {
    const pods = [
      ...['a', 'b', 'c', 'd'].map((name) => crashing(name, 1)),
      pod({ name: 'e', statuses: [waiting('InvalidImageName')] }),
      pod({ name: 'f', statuses: [waiting('CreateContainerConfigError', 'no x')] }),
      pod({ name: 'g', statuses: [waiting('CreateContainerConfigError', 'no y')] }),
    ];

    expect(told(pods, 5)?.text).toBe(
      '1 of 7 new pods does not start (e): image web:2 is no valid name (InvalidImageName); ' +
        '4 of 7 new pods do not stay up (a, b, c and 1 more): CrashLoopBackOff, exit 1 after 1 restart; ' +
        '1 of 7 new pods does not start (f): CreateContainerConfigError, no x; 1 other trouble besides',
    );
  });

  it('that were in trouble before are worth a mention, and are not the fault of the change', () => {
    const older = troublesOf([crashing('old', 9)], noEvidence, start);

    expect(diagnosisOf({ pods: [fine], noun: 'new pod', troubles: [], older }, noEvidence)).toEqual({
      text: '1 older pod does not stay up either: CrashLoopBackOff, exit 1 after 9 restarts',
      isFinal: false,
    });
  });

  it('that cannot be made come first', () => {
    const unmade = { count: 2, why: 'ResourceQuota small does not allow it', isFinal: true };

    expect(diagnosisOf({ pods: [], noun: 'new pod', troubles: [], unmade }, noEvidence)).toEqual({
      text: '2 new pods cannot be made: ResourceQuota small does not allow it',
      isFinal: true,
    });
  });
});

describe('what others wrote', () => {
  it('is masked, on one line and bounded', () => {
    const message = `secret "db" not usable: password=hunter2\n\u001B[31m${'x'.repeat(400)}`;
    const found = told([pod({ statuses: [waiting('CreateContainerConfigError', message)] })], 5);

    expect(found?.text).not.toContain('hunter2');
    expect(found?.text).toMatch(/password=\(masked\) x+…$/);
    expect(found?.text.length).toBeLessThan(250);
  });
});
