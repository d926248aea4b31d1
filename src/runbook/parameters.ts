/**
 * What an action leaves open, as parameters with a type from their place; literal names that cannot exist as they
 * stand are marked as well ("suspects"): used when the live object is there, asked for when it is not.
 */
import type { CompiledAction, Parameter, ParameterType } from '../domain/action.ts';
import type { Json } from '../domain/json.ts';
import type { Template } from '../domain/object-reference.ts';
import { textProblem } from './action/check-text.ts';
import { textOf } from './kubectl/flags.ts';
import { mapAction } from './action/map-action.ts';
import type { PlaceType, TextPlace } from './action/places.ts';
import { quoted, refuse, type Refusal } from './reasons.ts';
import type { WordUse } from './shell/word.ts';

/** What a variable or a `$(…)` stands for. Nothing in it: assigned, but nobody can tell to what. */
export type Filled = {
  readonly value?: string;
  readonly lookUp?: Parameter['lookUp'];
  /** What the look-up itself leaves open. */
  readonly lookUpParameters?: readonly Parameter[];
  readonly date?: string;
};

/** Shell variables that the document assigns. */
export type Variables = Pick<ReadonlyMap<string, Filled>, 'get'>;

export type ParameterOptions = {
  readonly variables: Variables;
  /** Whether literal names are looked at with suspicion: yes in documents, no in commands that a person types. */
  readonly suspects: boolean;
  /** By the names of `$(…)` in the words. */
  readonly fills?: ReadonlyMap<string, Filled>;
};

const noun =
  /(?:^|[_-])(?:NAME|NAMESPACE|NS|POD|NODE|DEPLOYMENT|DEPLOY|SERVICE|SVC|CONTAINER|JOB|STATEFULSET|DAEMONSET|PVC|APP|CLUSTER)S?(?:[_-]|$)/;

export function openParameters(
  action: CompiledAction,
  uses: readonly WordUse[],
  options: ParameterOptions,
): { action: CompiledAction; parameters: Parameter[] } | Refusal {
  const parameters = new Map<string, Parameter>();
  const nested = new Map<string, Parameter>();
  let trouble: Refusal | undefined;
  const writtenOut = namesWrittenOut(action);
  const used = usedNames(uses);

  const add = (name: string, type: ParameterType, use: Omit<Parameter, 'name' | 'type'>): void => {
    const before = parameters.get(name);
    const same = !before || before.type === type || before.type === 'text';
    parameters.set(name, { name, ...use, type: same ? type : type === 'text' ? before.type : 'text' });
  };
  const visit = (template: Template, place: TextPlace): Template => {
    if (typeof template === 'string') {
      const stays = writtenOut.has(template);
      if (!stays && isName(place.type) && /^[A-Z][A-Z0-9]*(?:[_-][A-Z0-9]+)*$/.test(template) && noun.test(template)) {
        add(template, typeAt(place.type), { from: 'placeholder' });
        return { template: [{ parameter: template }] };
      }
      const braced =
        stays || (isFree(place.type) && freePlaces[place.type] === 'text')
          ? []
          : template.split(/\{([A-Za-z][\w-]{1,62})\}/);
      if (braced.length > 1) {
        // Braces cannot be in a name, so `{pod-name}` is a placeholder there. Every second piece is one.
        const parts = braced
          .map((text, index) => (index % 2 === 1 ? { parameter: text } : text))
          .filter((part) => part !== '');
        return visit({ template: parts }, place);
      }
      const problem = textProblem(place.type, template);
      if (problem) trouble ??= refuse('malformed', `${quoted(template)}, ${place.label}, ${problem}.`);
      if (stays || !options.suspects || !isSuspect(template, place.type)) return template;
      add(template, typeAt(place.type), { from: 'literal', default: template });
      return { template: [{ parameter: template }] };
    }
    const sample = template.template.map((part) =>
      typeof part === 'string'
        ? part
        : place.type === 'replicas' || place.type === 'quantity' || place.type === 'json' || place.type === 'url'
          ? '1'
          : 'x',
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
      const use = used.get(part.parameter)?.first;
      const name = part.parameter;
      const filled = use?.from === 'variable' ? (options.fills?.get(name) ?? options.variables.get(name)) : undefined;
      // `${X:-d}` is d only where nothing is assigned; two defaults of one name are a question.
      const { oneDefault = true, unquoted = false, within = false } = used.get(name) ?? {};
      const fallback = filled ? filled.value : oneDefault ? use?.default : undefined;
      const split = fallback !== undefined && /[\s*?[\]\\]/.test(fallback);
      if (split && unquoted) {
        trouble ??= refuse(
          'unresolved-substitution',
          `The shell splits the value of ${quoted(name)} at blanks, or matches it with files, where it stands without quotes; write it out.`,
        );
      }
      const [first] = template.template;
      if (fallback?.startsWith('-') && typeof first === 'object' && first.parameter === name) {
        trouble ??= refuse(
          'unresolved-substitution',
          `The value of ${quoted(name)} begins with "-", so the shell passes a flag on here; write it out.`,
        );
      }
      const flagged = place.type === 'namespace' || place.type === 'container' || place.type === 'selector';
      if (fallback === '' && alone && !flagged && unquoted) {
        trouble ??= refuse(
          'unresolved-substitution',
          `${quoted(name)} is empty, and without quotes the shell passes no word on here; write the command without it.`,
        );
      }
      for (const each of filled?.lookUpParameters ?? []) nested.set(each.name, each);
      add(name, alone ? typeAt(place.type) : 'text', {
        from: use?.from ?? 'placeholder',
        ...(fallback !== undefined && fallback !== '' && { default: fallback }),
        ...(filled?.lookUp && !isPrefixed(filled.lookUp, action, within) && { lookUp: filled.lookUp }),
        ...(filled?.date !== undefined && { date: filled.date }),
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
  // A look-up needs its own values first.
  const before = [...nested.values()].filter(({ name }) => !parameters.has(name));
  return { action: opened, parameters: [...before, ...parameters.values()] };
}

/** `logs pod/$POD` with what `-o name` prints would be `pod/pod/x`: kubectl stops, and a person says which pod. */
const isPrefixed = (lookUp: NonNullable<Parameter['lookUp']>, { type }: CompiledAction, within: boolean): boolean =>
  lookUp.type === 'get' &&
  lookUp.output.format === 'name' &&
  (type === 'logs' || type === 'exec' || type === 'exec-read') &&
  within;

type Used = {
  readonly first: WordUse;
  readonly oneDefault: boolean;
  readonly unquoted: boolean;
  /** With other text in its word. */
  readonly within: boolean;
};

/** Gone through once: a command may use one name very often. */
function usedNames(uses: readonly WordUse[]): ReadonlyMap<string, Used> {
  const used = new Map<string, Used>();
  for (const use of uses) {
    const before = used.get(use.name);
    used.set(use.name, {
      first: before?.first ?? use,
      oneDefault: (before?.oneDefault ?? true) && (before ?? { first: use }).first.default === use.default,
      unquoted: (before?.unquoted ?? false) || use.unquoted === true,
      within: (before?.within ?? false) || use.alone !== true,
    });
  }
  return used;
}

/** Names that stand in a manifest as well: with another one in their place two objects would be spoken of. */
function namesWrittenOut(action: CompiledAction): ReadonlySet<string> {
  const parts = action.type === 'several' ? action.changes : [action];
  return new Set(
    parts.flatMap((part) => {
      const { metadata } = 'manifest' in part ? (part.manifest as { readonly [key: string]: Json }) : {};
      return typeof metadata === 'object' && metadata !== null && !Array.isArray(metadata)
        ? Object.entries(metadata).flatMap(([key, value]) =>
            (key === 'name' || key === 'namespace') && typeof value === 'string' ? [value] : [],
          )
        : [];
    }),
  );
}

/** The places of free text, where a literal word means itself and a value has no list to choose from. */
const freePlaces = {
  object: 'name',
  'field-selector': 'text',
  value: 'text',
  argument: 'text',
  url: 'text',
  header: 'text',
  body: 'text',
  json: 'text',
  'label-value': 'text',
  quantity: 'text',
  'container-name': 'name',
  'filter-word': 'text',
} satisfies Record<Exclude<PlaceType, ParameterType>, 'name' | 'text'>;

const isFree = (type: PlaceType): type is keyof typeof freePlaces => Object.hasOwn(freePlaces, type);

const isName = (type: PlaceType): boolean =>
  isFree(type) ? freePlaces[type] === 'name' : type !== 'selector' && type !== 'replicas' && type !== 'text';

const typeAt = (type: PlaceType): ParameterType => (isFree(type) ? 'text' : type);

/** `hdc-toolkit-pod`, `my-app`, `your-namespace`, `trainer-xxx`. */
function isSuspect(text: string, type: PlaceType): boolean {
  if (!isName(type)) return false;
  if (/^(?:my|your|example)-/.test(text) || /-x{3,}$/.test(text) || /^x{3,}$/.test(text)) return true;
  return type === 'pod' && /(?:^|-)pod$/.test(text);
}
