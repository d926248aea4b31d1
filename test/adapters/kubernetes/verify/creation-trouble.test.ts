import { describe, expect, it } from '@jest/globals';
import { whyNotMade } from '../../../../src/adapters/kubernetes/verify/creation-trouble.ts';
import { lastLine } from '../../../../src/adapters/kubernetes/verify/read-evidence.ts';

describe('why a pod cannot be made', () => {
  // Messages of an API server 1.34, as its controllers repeat them.
  it.each([
    [
      'pods "web-1" is forbidden: exceeded quota: small, requested: pods=1, used: pods=1, limited: pods=1',
      'ResourceQuota small does not allow it (requested: pods=1, used: pods=1, limited: pods=1)',
    ],
    [
      'pods "web-1" is forbidden: failed quota: small: must specify limits.memory for: app',
      'ResourceQuota small wants more of it: must specify limits.memory for: app',
    ],
    [
      'admission webhook "images.example.com" denied the request: only our registry',
      'admission webhook images.example.com denies it: only our registry',
    ],
    [
      'Internal error occurred: failed calling webhook "images.example.com": failed to call webhook: Post "https://x.y.svc:443/?timeout=10s": context deadline exceeded',
      'admission webhook images.example.com does not answer',
    ],
    [
      `create Pod db-0 in StatefulSet db failed error: pods "db-0" is forbidden: ValidatingAdmissionPolicy 'ours' with binding 'all' denied request: only our registry`,
      'ValidatingAdmissionPolicy ours denies it: only our registry',
    ],
    [
      'Error creating: pods "web-1" is forbidden: violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false)',
      'PodSecurity restricted:latest forbids it: allowPrivilegeEscalation != false (container "app" must set securityContext.allowPrivilegeEscalation=false)',
    ],
    [
      'pods "web-1" is forbidden: error looking up service account shop/web: serviceaccount "web" not found',
      'there is no ServiceAccount web',
    ],
    [
      'pods "web-1" is forbidden: [maximum memory usage per Container is 1Gi, but limit is 2Gi]',
      '[maximum memory usage per Container is 1Gi, but limit is 2Gi]',
    ],
    ['admission webhook "x" denied the request: token=abcdef012345', 'admission webhook x denies it: token=(masked)'],
  ])('%s', (message, why) => {
    expect(whyNotMade(message)).toBe(why);
  });
});

describe('the last line of a log', () => {
  it.each([
    ['one\ntwo\n\n', 'two'],
    ['\u001B[31mred\u001B[0m\n', 'red'],
    ['-----BEGIN PRIVATE KEY-----\nabc\nxyz', '(masked)'],
    ['DB_PASSWORD=hunter2 refused', 'DB_PASSWORD=(masked) refused'],
    ['\n \n', undefined],
  ])('of %j', (text, line) => {
    expect(lastLine(text)).toBe(line);
  });
});
