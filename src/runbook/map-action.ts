/** Visits every open text of an action with its place, so that typing, checking and binding agree on what is where. */
import type { ActionOf, ParameterType } from '../domain/action.ts';

/** Where a text stands: what it must be, and what people call it. */
export type PlaceType = ParameterType | 'object' | 'field-selector' | 'value';
export type TextPlace = { readonly type: PlaceType; readonly label: string };

const types: Readonly<Record<string, ParameterType>> = {
  pods: 'pod',
  nodes: 'node',
  deployments: 'deployment',
  statefulsets: 'statefulset',
  daemonsets: 'daemonset',
  jobs: 'job',
  services: 'service',
  configmaps: 'configmap',
  persistentvolumeclaims: 'pvc',
  namespaces: 'namespace',
};

const nameOf = (resource: string): TextPlace => {
  const type = Object.hasOwn(types, resource) ? types[resource] : undefined;
  return { type: type ?? 'object', label: `the name in ${resource}` };
};
const namespace: TextPlace = { type: 'namespace', label: 'the namespace' };
const selector: TextPlace = { type: 'selector', label: 'the label selector' };
const container: TextPlace = { type: 'container', label: 'the container' };

/** The same action with each text replaced. `replicas` is visited too when it is a text. */
export function mapAction<T, U>(action: ActionOf<T>, map: (text: T, place: TextPlace) => U): ActionOf<U> {
  const scope = action.namespace === undefined ? {} : { namespace: map(action.namespace, namespace) };
  const { namespace: _, ...rest } = action;
  switch (rest.type) {
    case 'get': {
      const { objects, selector: labels, fieldSelector, ...same } = rest;
      return {
        ...same,
        ...scope,
        objects: objects.map(({ name, ...kind }) =>
          name === undefined ? kind : { ...kind, name: map(name, nameOf(kind.resource)) },
        ),
        ...(labels !== undefined && { selector: map(labels, selector) }),
        ...(fieldSelector !== undefined && {
          fieldSelector: map(fieldSelector, { type: 'field-selector', label: 'the field selector' }),
        }),
      };
    }
    case 'logs': {
      const { of, container: only, ...same } = rest;
      return {
        ...same,
        ...scope,
        of:
          'selector' in of
            ? { selector: map(of.selector, selector) }
            : { ...of, name: map(of.name, nameOf(of.resource)) },
        ...(only !== undefined && { container: map(only, container) }),
      };
    }
    case 'describe': {
      const { names, selector: labels, ...same } = rest;
      return {
        ...same,
        ...scope,
        names: names.map((name) => map(name, nameOf(same.kind.resource))),
        ...(labels !== undefined && { selector: map(labels, selector) }),
      };
    }
    case 'events': {
      const { about, ...same } = rest;
      return {
        ...same,
        ...scope,
        ...(about !== undefined && { about: { ...about, name: map(about.name, nameOf(about.resource)) } }),
      };
    }
    case 'top': {
      const { name, selector: labels, ...same } = rest;
      return {
        ...same,
        ...scope,
        ...(name !== undefined && { name: map(name, nameOf(same.what)) }),
        ...(labels !== undefined && { selector: map(labels, selector) }),
      };
    }
    case 'rollout-status':
    case 'rollout-history':
    case 'rollout-restart':
    case 'rollout-undo':
    case 'rollout-pause':
    case 'rollout-resume':
    case 'delete-pod':
    case 'cordon':
    case 'uncordon': {
      const { target, ...same } = rest;
      return { ...same, ...scope, target: { ...target, name: map(target.name, nameOf(target.resource)) } };
    }
    case 'scale': {
      const { target, replicas, ...same } = rest;
      return {
        ...same,
        ...scope,
        target: { ...target, name: map(target.name, nameOf(target.resource)) },
        replicas:
          typeof replicas === 'number'
            ? replicas
            : map(replicas, { type: 'replicas', label: 'the number of replicas' }),
      };
    }
    case 'set-image': {
      const { target, images, ...same } = rest;
      return {
        ...same,
        ...scope,
        target: { ...target, name: map(target.name, nameOf(target.resource)) },
        images: images.map((each) => ({
          ...(each.container !== undefined && { container: map(each.container, container) }),
          image: map(each.image, { type: 'image', label: 'the image' }),
        })),
      };
    }
    case 'set-env': {
      const { target, container: only, assignments, ...same } = rest;
      return {
        ...same,
        ...scope,
        target: { ...target, name: map(target.name, nameOf(target.resource)) },
        ...(only !== undefined && { container: map(only, container) }),
        assignments: assignments.map((each) =>
          'remove' in each ? each : { ...each, value: map(each.value, { type: 'value', label: each.name }) },
        ),
      };
    }
  }
}
