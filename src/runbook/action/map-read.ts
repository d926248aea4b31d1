/** The open texts of a read. See map-action. */
import type { Filter, OpenFilter } from '../../domain/filter.ts';
import type { HttpRequestParts, SingleReadOf } from '../../domain/read-action.ts';
import {
  containerPlace,
  fieldSelectorPlace,
  filterWordPlace,
  type MapText,
  nameOf,
  namespacePlace,
  selectorPlace,
} from './places.ts';

export function mapRead<T, U>(action: SingleReadOf<T>, map: MapText<T, U>): SingleReadOf<U> {
  const { namespace, filters, ...rest } = action;
  const scope = {
    ...(namespace !== undefined && { namespace: map(namespace, namespacePlace) }),
    ...(filters !== undefined && { filters: filters.map((filter) => mapFilter(filter, map)) }),
  };
  const labelled = (text: T | undefined): { selector?: U } =>
    text === undefined ? {} : { selector: map(text, selectorPlace) };
  const fielded = (text: T | undefined): { fieldSelector?: U } =>
    text === undefined ? {} : { fieldSelector: map(text, fieldSelectorPlace) };
  const contained = (text: T | undefined): { container?: U } =>
    text === undefined ? {} : { container: map(text, containerPlace) };
  switch (rest.type) {
    case 'get': {
      const { objects, selector, fieldSelector, ...same } = rest;
      return {
        ...same,
        ...scope,
        objects: objects.map(({ name, ...kind }) =>
          name === undefined ? kind : { ...kind, name: map(name, nameOf(kind.resource)) },
        ),
        ...labelled(selector),
        ...fielded(fieldSelector),
      };
    }
    case 'logs': {
      const { of, container, ...same } = rest;
      return {
        ...same,
        ...scope,
        of:
          'selector' in of
            ? { selector: map(of.selector, selectorPlace) }
            : { ...of, name: map(of.name, nameOf(of.resource)) },
        ...contained(container),
      };
    }
    case 'describe': {
      const { names, selector, also, ...same } = rest;
      return {
        ...same,
        ...scope,
        names: names.map((name) => map(name, nameOf(same.kind.resource))),
        ...labelled(selector),
        ...(also !== undefined && {
          also: also.map(({ name, ...kind }) =>
            name === undefined ? kind : { ...kind, name: map(name, nameOf(kind.resource)) },
          ),
        }),
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
      const { name, selector, fieldSelector, ...same } = rest;
      return {
        ...same,
        ...scope,
        ...(name !== undefined && { name: map(name, nameOf(same.what)) }),
        ...labelled(selector),
        ...fielded(fieldSelector),
      };
    }
    case 'rollout-status':
    case 'rollout-history': {
      const { target, also, ...same } = rest;
      const named = (of: typeof target) => ({ ...of, name: map(of.name, nameOf(of.resource)) });
      return { ...same, ...scope, target: named(target), ...(also !== undefined && { also: also.map(named) }) };
    }
    case 'can-i': {
      const { of, ...same } = rest;
      if (of === undefined) return { ...same, ...scope };
      const { name, ...kind } = of;
      return { ...same, ...scope, of: name === undefined ? kind : { ...kind, name: map(name, nameOf(kind.resource)) } };
    }
    case 'about':
      return { ...rest, ...scope };
    case 'wait': {
      const { objects, found, ...same } = rest;
      const named = objects.map(({ name, ...kind }) => ({ ...kind, name: map(name, nameOf(kind.resource)) }));
      if (found === undefined) return { ...same, ...scope, objects: named };
      const { selector, fieldSelector, ...kind } = found;
      return {
        ...same,
        ...scope,
        objects: named,
        found: { ...kind, ...labelled(selector), ...fielded(fieldSelector) },
      };
    }
    case 'exec-read': {
      const { of, container, argv, ...same } = rest;
      return {
        ...same,
        ...scope,
        of: { ...of, name: map(of.name, nameOf(of.resource)) },
        ...contained(container),
        argv: argv.map((word) => map(word, { type: 'argument', label: 'a word of the command' })),
      };
    }
    case 'http-read': {
      const { url, headers, body, ...same } = rest;
      return { ...same, ...scope, ...mapRequest({ url, headers, ...(body !== undefined && { body }) }, map) };
    }
    case 'query':
      return { ...rest, ...scope };
    case 'docker-read': {
      const { names, ...same } = rest;
      return {
        ...same,
        ...scope,
        names: names.map((name) => map(name, { type: 'container-name', label: 'the container' })),
      };
    }
    case 'echo': {
      const { text, ...same } = rest;
      return { ...same, ...scope, text: map(text, { type: 'value', label: 'the text' }) };
    }
  }
}

const mapFilter = <T, U>(filter: Filter | OpenFilter<T>, map: MapText<T, U>): Filter | OpenFilter<U> =>
  filter.program === 'open' ? { ...filter, words: filter.words.map((word) => map(word, filterWordPlace)) } : filter;

type Request<T> = Pick<HttpRequestParts<T>, 'url' | 'headers' | 'body'>;

export const mapRequest = <T, U>({ url, headers, body }: Request<T>, map: MapText<T, U>): Request<U> => ({
  url: map(url, { type: 'url', label: 'the URL' }),
  headers: headers.map(({ name, value }) => ({
    name,
    value: map(value, { type: 'header', label: `the header ${name}` }),
  })),
  ...(body !== undefined && { body: map(body, { type: 'body', label: 'the body' }) }),
});
