/**
 * What an action leaves open, as parameters with a type from their place; literal names that cannot exist as they
 * stand are marked as well ("suspects"): used when the live object is there, asked for when it is not.
 */
import type { CompiledAction, Parameter, ParameterType, Template } from '../domain/action.ts';
import { textProblem } from './check-text.ts';
import { textOf } from './kubectl/flags.ts';
import { mapAction, type PlaceType, type TextPlace } from './map-action.ts';
import { quoted, refuse, type Refusal } from './reasons.ts';
import type { WordUse } from './shell.ts';

/** Shell variables that the document assigns. `value` absent: assigned, but not to one literal. */
export type Variables = ReadonlyMap<string, { readonly value?: string }>;

export type ParameterOptions = {
  readonly variables: Variables;
  /** Whether literal names are looked at with suspicion: yes in documents, no in commands that a person types. */
  readonly suspects: boolean;
};

const noun =
  /(?:^|_)(?:NAME|NAMESPACE|NS|POD|NODE|DEPLOYMENT|DEPLOY|SERVICE|SVC|CONTAINER|JOB|STATEFULSET|DAEMONSET|PVC|APP|CLUSTER)S?(?:_|$)/;

export function openParameters(
  action: CompiledAction,
  uses: readonly WordUse[],
  options: ParameterOptions,
): { action: CompiledAction; parameters: Parameter[] } | Refusal {
  const parameters = new Map<string, Parameter>();
  let trouble: Refusal | undefined;

  const add = (name: string, type: ParameterType, use: Omit<Parameter, 'name' | 'type'>): void => {
    const before = parameters.get(name);
    const same = !before || before.type === type || before.type === 'text';
    parameters.set(name, { name, ...use, type: same ? type : type === 'text' ? before.type : 'text' });
  };
  const visit = (template: Template, place: TextPlace): Template => {
    if (typeof template === 'string') {
      if (isName(place.type) && /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*$/.test(template) && noun.test(template)) {
        add(template, typeAt(place.type), { from: 'placeholder' });
        return { template: [{ parameter: template }] };
      }
      const braced = place.type === 'value' ? [] : template.split(/\{([A-Za-z][\w-]{1,62})\}/);
      if (braced.length > 1) {
        // Braces cannot be in a name, so `{pod-name}` is a placeholder there. Every second piece is one.
        const parts = braced
          .map((text, index) => (index % 2 === 1 ? { parameter: text } : text))
          .filter((part) => part !== '');
        return visit({ template: parts }, place);
      }
      const problem = textProblem(place.type, template);
      if (problem) trouble ??= refuse('malformed', `${quoted(template)}, ${place.label}, ${problem}.`);
      if (!options.suspects || !isSuspect(template, place.type)) return template;
      add(template, typeAt(place.type), { from: 'literal', default: template });
      return { template: [{ parameter: template }] };
    }
    const sample = template.template.map((part) =>
      typeof part === 'string' ? part : place.type === 'replicas' ? '1' : 'x',
    );
    const alone = template.template.length === 1;
    if (!alone && textProblem(place.type, sample.join(''))) {
      trouble ??= refuse(
        'malformed',
        `${quoted(textOf(template))} cannot become ${place.label}, whatever is filled in.`,
      );
    }
    for (const part of template.template) {
      if (typeof part === 'string') continue;
      const use = uses.find((each) => each.name === part.parameter);
      const fallback =
        use?.default ?? (use?.from === 'variable' ? options.variables.get(part.parameter)?.value : undefined);
      add(part.parameter, alone ? typeAt(place.type) : 'text', {
        from: use?.from ?? 'placeholder',
        ...(fallback !== undefined && fallback !== '' && { default: fallback }),
      });
    }
    return template;
  };

  const opened = mapAction(action, visit);
  if (trouble) return trouble;
  const lost = uses.find((use) => !parameters.has(use.name));
  if (lost) {
    return refuse(
      'unresolved-substitution',
      `${quoted(lost.name)} is left open at a place that has to be written out.`,
    );
  }
  return { action: opened, parameters: [...parameters.values()] };
}

const isName = (type: PlaceType): boolean =>
  type !== 'value' && type !== 'selector' && type !== 'field-selector' && type !== 'replicas' && type !== 'text';

function typeAt(type: PlaceType): ParameterType {
  return type === 'object' || type === 'value' || type === 'field-selector' ? 'text' : type;
}

/** `hdc-toolkit-pod`, `my-app`, `your-namespace`, `trainer-xxx`. */
function isSuspect(text: string, type: PlaceType): boolean {
  if (!isName(type)) return false;
  if (/^(?:my|your|example)-/.test(text) || /-x{3,}$/.test(text) || /^x{3,}$/.test(text)) return true;
  return type === 'pod' && /(?:^|-)pod$/.test(text);
}
