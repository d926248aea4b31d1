/** Every command of the seeds as the compiler reads it from the document, its placeholders filled from the world. */
import { readdirSync, readFileSync } from 'node:fs';
import type { Parameter } from '../../../src/domain/action.ts';
import type { Step } from '../../../src/domain/runbook.ts';
import { compileRunbook } from '../../../src/runbook/compile.ts';
import type { SandboxKubernetes } from '../../../src/sandbox/kubernetes/start.ts';

const folder = new URL('../../fixtures/seeds/', import.meta.url);

export type SeedStep = {
  readonly seed: string;
  readonly step: Step;
  /** Of the step's first line in the document: a fence in a list item stands that deep. */
  readonly indent: string;
};

/** Those that run `kubectl`, read or not, compiled or not. */
export function seedSteps(): SeedStep[] {
  return readdirSync(folder).flatMap((file) => {
    const text = readFileSync(new URL(file, folder), 'utf8');
    const runbook = compileRunbook(text, { path: `${file.slice(0, 3)}.md` });
    const lines = text.split('\n');
    const steps = runbook.procedures.flatMap((procedure) => procedure.steps);
    return steps.filter(isKubectl).map((step) => {
      const indent = /^\s*/.exec(lines[step.line - 1] ?? '')?.[0] ?? '';
      return { seed: file.slice(0, 3), step, indent };
    });
  });
}

const isKubectl = (step: Step): boolean =>
  /(?:^|[\s|(`])kubectl\s/.test(step.source) && !(step.kind === 'manual' && step.prose);

/** The namespace of the kubeconfig: seed 000 names none anywhere. */
export const seedNamespace = 'default';

/** A value for each parameter, of an object that the world has. */
export function valuesFor(
  parameters: readonly Parameter[],
  namespace: string,
  { world }: SandboxKubernetes,
): Record<string, string> {
  return Object.fromEntries(
    parameters.flatMap(({ name, type, default: own }) => {
      const value = own ?? valueOf(type, namespace, world);
      return value === undefined ? [] : [[name, value] as const];
    }),
  );
}

function valueOf(type: Parameter['type'], namespace: string, world: SandboxKubernetes['world']): string | undefined {
  if (type === 'text') return 'v7';
  if (type === 'node') return drainable(world);
  const resource = listed[type];
  return resource && world.list(resource, namespace)[0]?.metadata.name;
}

const listed: Partial<Record<Parameter['type'], 'pods' | 'deployments' | 'jobs'>> = {
  pod: 'pods',
  deployment: 'deployments',
  job: 'jobs',
};

/** A node whose pods all have a controller: the seeds drain without `--force`. */
function drainable(world: SandboxKubernetes['world']): string | undefined {
  const bare = world.list('pods').filter(({ metadata }) => metadata.ownerReferences === undefined);
  const nodes = world.list('nodes').filter(({ metadata }) => !bare.some(({ spec }) => spec.nodeName === metadata.name));
  return nodes[0]?.metadata.name;
}

/** What bash runs: the author's text with the values where the placeholders stand; variables come by the environment. */
export function scriptOf(
  { step: { source }, indent }: SeedStep,
  parameters: readonly Parameter[],
  values: Readonly<Record<string, string>>,
): string {
  const lines = source.split('\n').map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line));
  const script = lines
    .join('\n')
    .replace(/^\$ /, '')
    .replace(/^`+|`+$/g, '')
    // A look-up: what matters is what it finds.
    .replace(/^\w+=\$\((.*)\)$/s, '$1');
  return parameters
    .filter(({ from }) => from === 'placeholder')
    .reduce((text, { name }) => text.replaceAll(`<${name}>`, values[name] ?? ''), script);
}

/** Forms without an end become one look; kubectl is asked for the same. */
export const withoutEnd = (script: string): string =>
  script
    .replace(/^watch (?:-n ?\d+ )?'?(.*?)'?$/s, '$1')
    .replace(/(kubectl logs\b.*?) (?:-f|--follow)\b/, '$1')
    .replace(/(kubectl get\b.*?) (?:-w|--watch)\b/, '$1');

/** What a person does in the editor that `kubectl edit` opens. */
export function editorFor(step: Step): Record<string, string> {
  if (step.kind !== 'action' || step.action.type !== 'set-field') return {};
  const { field, value } = step.action;
  if (typeof value !== 'string' || !/^[\w.]+$/.test(`${field}${value}`))
    throw new Error(`${step.source}: which value?`);
  return { KUBE_EDITOR: `sed -i -E 's/(${field}: ).*/\\1${value}/'` };
}
