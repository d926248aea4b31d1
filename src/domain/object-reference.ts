/** How an action names what it is about. */

/** Literal text, or text with parameters in it: `hdc-toolkit:` + VERSION. */
export type Template = string | { readonly template: readonly (string | { readonly parameter: string })[] };

/**
 * A resource kind in its plural form as discovery names it, with the API group when the author gave one, and the version
 * when that is another than the one everybody gets (`foos.v1alpha1.example.com`).
 */
export type ResourceKind = { readonly resource: string; readonly group?: string; readonly version?: string };

/** `deployment/web`: a kind and a name. */
export type ObjectReference<T> = ResourceKind & { readonly name: T };

export type Scope<T> = {
  /** Absent: the service's default namespace. Ignored for cluster-scoped kinds. */
  readonly namespace?: T;
};
