import { describe, expect, it } from '@jest/globals';
import type { Step } from '../../src/domain/runbook.ts';
import { compileRunbook } from '../../src/runbook/compile.ts';

function stepsOf(language: string, ...lines: string[]): readonly Step[] {
  const text = ['# T', `\`\`\`${language}`, ...lines, '```', ''].join('\n');
  return compileRunbook(text, { path: 'a.md' }).procedures.flatMap(({ steps }) => steps);
}

describe('a line that sends what follows elsewhere', () => {
  it.each([
    'kubectl config use-context x',
    'kubectl ctx prod',
    'kubectl ns $NS',
    'oc new-project x',
    'declare -x KUBECONFIG=/tmp/other',
    'readonly KUBECONFIG=/tmp/other',
    'export DOCKER_HOST=tcp://other:2375',
    'function kubectl { echo; }',
    'docker context use other',
    'eval $(minikube docker-env)',
    'source ./prod.sh',
    '. ./prod.sh',
    'aws eks update-kubeconfig --name other',
    'gcloud container clusters get-credentials other',
    'az aks get-credentials --name other',
    'doctl kubernetes cluster kubeconfig save other',
    'tsh kube login other',
    'ssh -i key admin@node-1',
    'gcloud compute ssh node-1',
    'sudo -i',
    'su - postgres',
    'vcluster connect x',
    'IFS=-',
    'export IFS=,',
  ])('makes it manual, and says which line: %s', (line) => {
    const last = stepsOf('bash', line, 'kubectl delete pod web-1').at(-1);

    expect(last).toMatchObject({ kind: 'manual', reason: { code: 'shell-logic' } });
    expect(last?.kind === 'manual' && last.reason.text).toContain('Line 3 ');
  });

  it.each([
    'source <(kubectl completion bash)',
    'kubectl config get-contexts',
    'aws eks describe-cluster --name x',
    'ssh node-1 uptime',
    'export REGION=eu',
  ])('is not this one: %s', (line) => {
    expect(stepsOf('bash', line, 'kubectl get pods').at(-1)).toMatchObject({ kind: 'action' });
  });

  it('is taken in when it only names the namespace', () => {
    for (const line of [
      'oc project web',
      'kubens web',
      'kubectl config set-context --current --namespace=web',
      'oc config set-context --current --namespace web',
    ]) {
      const steps = stepsOf(
        'bash',
        line,
        'kubectl delete deploy a',
        'kubectl get pods -n shop',
        'kubectl get pods -A && kubectl get svc',
        'kubectl label pods -l a=b c=d',
      );

      expect(steps).toMatchObject([
        { kind: 'manual' },
        { action: { type: 'delete', namespace: 'web' } },
        { action: { type: 'get', namespace: 'shop' } },
        { action: { links: [{ read: { allNamespaces: true } }, { read: { namespace: 'web' } }] } },
        { action: { type: 'each', namespace: 'web' } },
      ]);
      const [, , , chain] = steps;
      const [link] = chain?.kind === 'action' && chain.action.type === 'chain' ? chain.action.links : [];
      expect(link?.read.namespace).toBeUndefined();
    }
  });

  it('leaves what is looked up, and what changes several objects, to people', () => {
    const steps = stepsOf(
      'bash',
      'POD=$(kubectl get pods -o name | head -1)',
      'oc project web',
      'kubectl logs $POD',
      'kubectl delete deploy a b',
    );

    expect(steps.slice(2)).toMatchObject([
      { kind: 'manual', reason: { code: 'shell-logic' } },
      { kind: 'manual', reason: { code: 'shell-logic' } },
    ]);
  });

  it('opens a shell until the fence ends, but for kubectl, which is typed outside of it', () => {
    const steps = stepsOf(
      'bash',
      'kubectl exec -it web -- sh',
      'curl -X POST http://web.shop.svc/reload',
      'kubectl get pods',
      '```',
      '```bash',
      'curl http://web.shop.svc/health',
    );

    expect(steps.map(({ kind }) => kind)).toEqual(['manual', 'manual', 'action', 'action']);
  });
});

describe('a command that the text warns of', () => {
  const kindsOf = (text: string): readonly string[] =>
    compileRunbook(`# T\n\n${text}\n`, { path: 'a.md' }).procedures.flatMap(({ steps }) =>
      steps.flatMap((step) => (step.kind === 'manual' && step.prose ? [] : [step.kind])),
    );

  it.each([
    'Never run `kubectl delete pods --all`!',
    'Do **not** run: `kubectl delete pod web-1`',
    "Don't use the following command: `kubectl drain n1`",
    '~~`kubectl delete pod web-1`~~',
    'Do **not** run:\n\n```bash\nkubectl delete pod web-1\n```',
    '```bash\n# Never run this:\nkubectl delete pod web-1\n```',
  ])('stays manual: %j', (text) => {
    expect(kindsOf(text)).toEqual(['manual']);
  });

  it.each([
    'If pods do not start, run `kubectl get pods`.',
    'Do not forget to run `kubectl get pods`.',
    'This never ends. Run `kubectl get pods`.',
    '```bash\n# pods that never started\nkubectl get pods\n```',
  ])('is not this one: %j', (text) => {
    expect(kindsOf(text)).toEqual(['action']);
  });
});

describe('a session with prompts', () => {
  it('is whole where the shell asks for more', () => {
    expect(stepsOf('console', '$ kubectl delete pod web-1 \\', '> -n shop', 'pod "web-1" deleted')).toMatchObject([
      { action: { type: 'delete-pod', namespace: 'shop' } },
    ]);
    expect(stepsOf('console', '$ kubectl get pods |', '> grep web')).toMatchObject([
      { action: { type: 'get', filters: [{ program: 'grep' }] } },
    ]);
  });

  it('stays manual where a second line belongs to the first and no shell would say so', () => {
    expect(stepsOf('console', '$ kubectl delete pod web-1', '> -n shop')).toMatchObject([
      { kind: 'manual', reason: { code: 'malformed' } },
      { kind: 'manual', reason: { code: 'not-a-command' } },
    ]);
  });
});
