/** The open texts of a change. See map-action. */
import type { ChangeActionOf, DrainAction, EachAction, ObjectChangeOf } from '../../domain/change-action.ts';
import type { ObjectReference } from '../../domain/object-reference.ts';
import { containerPlace, fieldSelectorPlace, type MapText, nameOf, namespacePlace, selectorPlace } from './places.ts';
import { mapRequest } from './map-read.ts';

export function mapChange<T, U>(action: ChangeActionOf<T>, map: MapText<T, U>): ChangeActionOf<U> {
  if (action.type === 'several') {
    const { changes, ...same } = action;
    return { ...same, ...scopeOf(action, map), changes: changes.map((change) => mapCluster(change, map)) };
  }
  if (action.type === 'http-send') {
    const { url, headers, body, ...same } = action;
    const request = { url, headers, ...(body !== undefined && { body }) };
    return { ...same, ...scopeOf(action, map), ...mapRequest(request, map) };
  }
  if (action.type === 'docker-change') {
    const { names, ...same } = action;
    const place = { type: 'container-name', label: 'the container' } as const;
    return { ...same, ...scopeOf(action, map), names: names.map((name) => map(name, place)) };
  }
  return mapCluster(action, map);
}

// Each visit gives all of a type's texts anew, so that what is spread before is never what remains.
const scopeOf = <T, U>({ namespace }: { readonly namespace?: T }, map: MapText<T, U>): { namespace: U } =>
  // An absent namespace is left out: spreading this over the old one would keep a text of the wrong type.
  (namespace === undefined ? {} : { namespace: map(namespace, namespacePlace) }) as { namespace: U };

function mapCluster<T, U>(
  action: ObjectChangeOf<T> | DrainAction<T> | EachAction<T>,
  map: MapText<T, U>,
): ObjectChangeOf<U> | DrainAction<U> | EachAction<U> {
  if (action.type === 'each') {
    const { selector, fieldSelector, change, namespace: _, ...same } = action;
    // The change of each object is that of one object without its name.
    const whole = { ...change, target: { ...action.kind, name: undefined } } as unknown as OneChange<T>;
    const { target: __, ...mapped } =
      whole.type === 'drain' ? mapDrain(whole, map) : mapObject(whole, map, () => undefined as U);
    return {
      ...same,
      ...scopeOf(action, map),
      ...(selector !== undefined && { selector: map(selector, selectorPlace) }),
      ...(fieldSelector !== undefined && { fieldSelector: map(fieldSelector, fieldSelectorPlace) }),
      change: mapped as EachAction<U>['change'],
    };
  }
  const name = ({ name, resource }: ObjectReference<T>): U => map(name, nameOf(resource));
  return action.type === 'drain'
    ? { ...mapDrain(action, map), target: { ...action.target, name: name(action.target) } }
    : mapObject(action, map, name);
}

type OneChange<T> = ObjectChangeOf<T> | DrainAction<T>;

/** All but its node's name. */
function mapDrain<T, U>(
  action: DrainAction<T>,
  map: MapText<T, U>,
): Omit<DrainAction<U>, 'target'> & { readonly target?: undefined } {
  const { podSelector, namespace, target: _, ...same } = action;
  return {
    ...same,
    ...scopeOf(namespace === undefined ? {} : { namespace }, map),
    ...(podSelector !== undefined && { podSelector: map(podSelector, selectorPlace) }),
  };
}

function mapObject<T, U>(
  action: ObjectChangeOf<T>,
  map: MapText<T, U>,
  name: (target: ObjectReference<T>) => U,
): ObjectChangeOf<U> {
  const { namespace: _, target: named, ...rest } = action;
  const own = { ...scopeOf(action, map), target: { ...named, name: name(named) } };
  const contained = (text: T | undefined): { container?: U } =>
    text === undefined ? {} : { container: map(text, containerPlace) };
  const amounts = (what: string, of: Readonly<Record<string, T>> | undefined): Record<string, U> =>
    Object.fromEntries(
      Object.entries(of ?? {}).map(([key, text]) => [
        key,
        map(text, { type: 'quantity', label: `the ${what} of ${key}` }),
      ]),
    );
  switch (rest.type) {
    case 'rollout-restart':
    case 'rollout-undo':
    case 'rollout-pause':
    case 'rollout-resume':
    case 'delete-pod':
    case 'delete':
    case 'evict':
    case 'cordon':
    case 'uncordon':
    case 'apply':
    case 'create':
      return { ...rest, ...own };
    case 'scale': {
      const { replicas, ...same } = rest;
      const wanted =
        typeof replicas === 'number' ? replicas : map(replicas, { type: 'replicas', label: 'the number of replicas' });
      return { ...same, ...own, replicas: wanted };
    }
    case 'set-image': {
      const { images, ...same } = rest;
      return {
        ...same,
        ...own,
        images: images.map(({ container, image }) => ({
          ...contained(container),
          image: map(image, { type: 'image', label: 'the image' }),
        })),
      };
    }
    case 'set-env': {
      const { container, assignments, ...same } = rest;
      return {
        ...same,
        ...own,
        ...contained(container),
        assignments: assignments.map((each) =>
          'remove' in each ? each : { ...each, value: map(each.value, { type: 'value', label: each.name }) },
        ),
      };
    }
    case 'set-resources': {
      const { container, limits, requests, ...same } = rest;
      return {
        ...same,
        ...own,
        ...contained(container),
        ...(limits !== undefined && { limits: amounts('limit', limits) }),
        ...(requests !== undefined && { requests: amounts('request', requests) }),
      };
    }
    case 'patch': {
      const { patch, ...same } = rest;
      return { ...same, ...own, patch: map(patch, { type: 'json', label: 'the patch' }) };
    }
    case 'set-field': {
      const { value, ...same } = rest;
      return { ...same, ...own, value: map(value, { type: 'value', label: same.field }) };
    }
    case 'label':
    case 'annotate': {
      const { assignments, ...same } = rest;
      const type = rest.type === 'label' ? 'label-value' : 'value';
      return {
        ...same,
        ...own,
        assignments: assignments.map((each) =>
          'remove' in each ? each : { ...each, value: map(each.value, { type, label: each.key }) },
        ),
      };
    }
    case 'taint': {
      const { taints, ...same } = rest;
      return {
        ...same,
        ...own,
        taints: taints.map((each) => {
          if ('remove' in each) return each;
          const { value, ...taint } = each;
          return value === undefined
            ? taint
            : { ...taint, value: map(value, { type: 'label-value', label: each.key }) };
        }),
      };
    }
    case 'autoscale': {
      const { name: given, ...same } = rest;
      return {
        ...same,
        ...own,
        ...(given !== undefined && { name: map(given, { type: 'object', label: 'the name of the autoscaler' }) }),
      };
    }
    case 'create-job': {
      const { name: job, ...same } = rest;
      return { ...same, ...own, name: map(job, { type: 'job', label: 'the name of the job' }) };
    }
    case 'exec': {
      const { container, argv, ...same } = rest;
      return {
        ...same,
        ...own,
        ...contained(container),
        argv: argv.map((word) => map(word, { type: 'argument', label: 'a word of the command' })),
      };
    }
  }
}
