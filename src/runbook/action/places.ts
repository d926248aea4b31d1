/** Where a text stands in an action: what it must be, and what people call it. */
import type { ParameterType } from '../../domain/action.ts';

export type PlaceType =
  | ParameterType
  | 'object'
  | 'field-selector'
  | 'value'
  | 'argument'
  | 'url'
  | 'header'
  | 'body'
  | 'json'
  | 'label-value'
  | 'quantity'
  | 'container-name'
  | 'filter-word';
export type TextPlace = { readonly type: PlaceType; readonly label: string };
export type MapText<T, U> = (text: T, place: TextPlace) => U;

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

export const nameOf = (resource: string): TextPlace => {
  const type = Object.hasOwn(types, resource) ? types[resource] : undefined;
  return { type: type ?? 'object', label: `the name in ${resource}` };
};
export const namespacePlace: TextPlace = { type: 'namespace', label: 'the namespace' };
export const selectorPlace: TextPlace = { type: 'selector', label: 'the label selector' };
export const fieldSelectorPlace: TextPlace = { type: 'field-selector', label: 'the field selector' };
export const filterWordPlace: TextPlace = { type: 'filter-word', label: 'a word behind the pipe' };
export const containerPlace: TextPlace = { type: 'container', label: 'the container' };
