/** The alternative of the bench `ingest`: an HTTP server that writes each body as one row, and does nothing else. */
import { createServer } from 'node:http';
import { sql } from 'kysely';
import { openTestLedger } from '../test/ledger.ts';
import { openRealLedger } from '../test/real/databases.ts';

const ledger = await (process.env['DATABASE_URL'] ? openRealLedger() : openTestLedger());
await sql`create table bare (id bigserial primary key, body text not null)`.execute(ledger.db);

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    sql`insert into bare (body) values (${Buffer.concat(chunks).toString('utf8')})`.execute(ledger.db).then(
      () => response.end(),
      () => response.writeHead(500).end(),
    );
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.send?.(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`);
});
process.once('disconnect', () => {
  server.closeAllConnections();
  server.close();
  void ledger.close();
});
