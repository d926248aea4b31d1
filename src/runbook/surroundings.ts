/** What the lines above do to a command: they may choose another cluster, namespace, machine or shell for it. */
import type { CompiledAction } from '../domain/action.ts';
import { type CompiledCommand, withNamespace } from './command.ts';
import { reason } from './reasons.ts';
import { commandsIn, type ShellUnit } from './shell/shell.ts';

/** How a line begins that sends what follows elsewhere. */
const switches: readonly RegExp[] = [
  /^(?:kubectl|oc)\s+config\s+(?:use|set|unset|delete|rename)/,
  /^(?:kubectl\s+(?:ctx|ns)|kubectx|kubens)\b/,
  /^oc\s+(?:project|new-project|login|logout)\b/,
  /^(?:KUBECONFIG|DOCKER_HOST|DOCKER_CONTEXT)=\S*\s*$/,
  /^(?:export|declare|typeset|readonly)\s(?:.*\s)?(?:KUBECONFIG|DOCKER_HOST|DOCKER_CONTEXT)=/,
  /^(?:alias\s+(?:kubectl|oc)=|unalias\b|(?:function\s+)?(?:kubectl|oc)\s*\(\)|function\s+(?:kubectl|oc)\b)/,
  // Where the shell splits what it fills in.
  /^(?:(?:export|declare|typeset|readonly)\s+)?IFS=\S*\s*$/,
  /^ssh\s+(?:-\S+\s+)*\S+\s*$/,
  /^ssh\s+(?:-[bcDEeFIiJLlmOopQRSWw]\s+\S+\s+|-\S+\s+)*\S+\s*$/,
  /^(?:gcloud\s+compute|vagrant|minikube|multipass|tsh|docker-machine)\s+ssh\b/,
  /^aws\s+ssm\s+start-session\b/,
  /^(?:sudo\s+(?:-[is]|su|bash|sh)\b|su\b|docker\s+context\s+use\b|eval\s)/,
  // Completion only helps to type.
  /^(?:source|\.)\s+(?!.*completion)/,
  /^(?:aws|gcloud|az|doctl|eksctl|ibmcloud|oci|linode-cli|civo|scw|k3d|kind|tsh|tanzu|rancher)\s.*(?:kubeconfig|get-credentials|\bkube\s+login\b|\bcluster\s+config\b)/,
  /^vcluster\s+connect\b/,
];

/** What chooses a namespace and nothing else, written out. */
const namespaceSwitch =
  /^(?:oc\s+project|kubens|kubectl\s+ns|(?:kubectl|oc)\s+config\s+set-context\s+--current\s+--namespace(?=[=\s])=?)\s*([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)\s*$/;

/** A line behind which a person types somewhere else, until the fence ends. */
const opensShell = /^(?:(?:kubectl|oc)\s(?:.*\s)?(?:exec|rsh|debug|attach|run)\s|docker\s+(?:exec|run|attach)\s)/;
/** What a container or a node would send, too; `kubectl` behind such a line is meant for the machine before it. */
const typedThere: ReadonlySet<string> = new Set([
  'http-read',
  'http-send',
  'docker-read',
  'docker-change',
] satisfies CompiledAction['type'][]);

/** Goes through the commands of one procedure in their order. */
export class Surroundings {
  #switched: number | undefined;
  #namespace: { readonly name: string; readonly line: number } | undefined;
  #inShell: number | undefined;

  /** A unit that is about to be placed. */
  note(source: string, shape: ShellUnit['shape'], line: number): void {
    const texts = [source, ...commandsIn(shape).map(({ rough }) => rough.join(' '))];
    if (!texts.some((text) => switches.some((each) => each.test(text)))) return;
    const name = shape.kind === 'pipeline' ? namespaceSwitch.exec(source)?.[1] : undefined;
    if (name === undefined) this.#switched ??= line;
    else this.#namespace = { name, line };
  }

  endFence(): void {
    this.#inShell = undefined;
  }

  /** The command as it is meant there, or why a person does it. */
  placed(compiled: CompiledCommand, { source, line }: { source: string; line: number }): CompiledCommand {
    if (compiled.kind === 'manual') {
      if (compiled.reason.code === 'needs-terminal' && opensShell.test(source)) this.#inShell ??= line;
      return compiled;
    }
    const { action, parameters } = compiled;
    if (this.#switched !== undefined) {
      return byHand(`Line ${this.#switched} chooses another cluster, namespace or machine for what follows`);
    }
    if (this.#inShell !== undefined && typedThere.has(action.type)) {
      return byHand(`Line ${this.#inShell} opens a shell somewhere else, where this is typed`);
    }
    if (this.#namespace === undefined) return compiled;
    const { name, line: chosenAt } = this.#namespace;
    const looksUp = parameters.some((parameter) => parameter.lookUp !== undefined);
    return looksUp || action.type === 'several'
      ? byHand(`Line ${chosenAt} chooses another namespace for what follows`)
      : { ...compiled, action: withNamespace(action, name) };
  }
}

const byHand = (why: string): CompiledCommand => ({
  kind: 'manual',
  reason: reason('shell-logic', `${why}; run this by hand after it.`),
});
