/** What a handler gives back; the server turns it into bytes. */
import type { KubeObject } from '../objects.ts';
import type { Json, JsonObject } from '../json.ts';

export type Answer =
  | { readonly code: number; readonly body: Json; readonly warnings?: readonly string[] }
  | { readonly code: 200; readonly text: string }
  | {
      readonly code: 200;
      readonly contentType: string;
      /** Starts writing; `end` closes from this side. Returns what to do when the client goes away. */
      readonly stream: (write: (text: string) => void, end: () => void) => () => void;
    };

/** Stored objects are JSON by construction. */
export const jsonOf = (object: KubeObject): JsonObject => object;

/** Items of a list do not repeat kind and apiVersion. */
export function itemOf(object: KubeObject): JsonObject {
  const { kind: _kind, apiVersion: _version, ...item } = jsonOf(object);
  return item;
}
