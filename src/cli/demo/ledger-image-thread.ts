/**
 * The worker thread of ledger.ts: makes a new embedded PostgreSQL with the ledger's tables in it and hands over its
 * files. Most of a start is this, and it holds the thread that does it, so that the page could not answer meanwhile.
 */
import { parentPort } from 'node:worker_threads';
import { openEmbeddedPostgres } from '../../adapters/postgres/embedded.ts';
import { migrateLedger } from '../../adapters/postgres/migrations/migrate.ts';

const postgres = await openEmbeddedPostgres();
await migrateLedger(postgres.db);
const image = await (await postgres.dump()).arrayBuffer();
parentPort?.postMessage(image, [image]);
