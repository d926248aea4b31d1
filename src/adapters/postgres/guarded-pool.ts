/** Two things that node-postgres leaves to its users, put between it and Kysely. */
import { types } from 'node:util';
import type { PostgresPool, PostgresPoolClient } from 'kysely';
import type { Pool } from 'pg';

type Query = (
  text: string,
  values: readonly unknown[],
) => Promise<{ command: string; rowCount: number; rows: never[] }>;

/**
 * 1. COMMIT of a transaction in which a statement failed is answered with ROLLBACK and no error (PostgreSQL
 *    documentation, "COMMIT"): code that swallowed the statement's error would believe that it had committed.
 * 2. A client whose query timed out on our side may still be busy: it is thrown away and not lent again.
 */
export function guardPool(pool: Pool): PostgresPool {
  return {
    async connect() {
      const client = await pool.connect();
      // Kysely calls it with two arguments; of pg's overloads this is the one that gives a promise.
      const ask = client.query.bind(client) as unknown as Query;
      let broken: Error | undefined;
      const query: Query = async (text, values) => {
        try {
          const result = await ask(text, values);
          if (text === 'commit' && result.command !== 'COMMIT') {
            throw Object.assign(new Error('The transaction was rolled back at its commit.'), { code: '25P02' });
          }
          return result;
        } catch (error) {
          if (types.isNativeError(error) && error.message === 'Query read timeout') broken = error;
          throw error;
        }
      };
      // The cursor overload is left out: nothing here streams with a cursor.
      return { query, release: () => client.release(broken) } as unknown as PostgresPoolClient;
    },
    end: () => pool.end(),
  };
}
