/**
 * Why an object is not there, as kubectl says it: when its namespace is not there either, that is the news.
 * Source: `Info.Get` of cli-runtime, which looks for the namespace after each 404 of a named object but in `default`.
 */
import type { Connection } from '../connection.ts';
import { isNotFound } from '../discovery.ts';

/** The same connection, whose GETs of named objects fail with the namespace's 404 in place of their own. */
export const namingAbsentNamespaces = (connection: Connection): Connection => ({
  ...connection,
  get: async (path, options) => {
    try {
      return await connection.get(path, options);
    } catch (error) {
      throw (isNotFound(error) ? await absence(connection, path) : undefined) ?? error;
    }
  },
});

async function absence(connection: Connection, path: string): Promise<unknown> {
  const [, namespace = 'default'] = /\/namespaces\/([^/?]+)\/[^/?]+\/[^/?]+(?:\?.*)?$/.exec(path) ?? [];
  if (namespace === 'default') return undefined;
  try {
    await connection.get(`/api/v1/namespaces/${namespace}`);
    return undefined;
  } catch (error) {
    // Whoever may not look at namespaces is told of the object alone.
    return isNotFound(error) ? error : undefined;
  }
}
