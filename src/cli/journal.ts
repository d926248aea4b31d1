/** `firebreak journal verify` */
import { openPostgres } from '../adapters/postgres/connection.ts';
import { verifyJournal } from '../adapters/postgres/verify-journal.ts';
import { OperationError } from '../domain/errors.ts';
import { readEnvironment } from '../environment.ts';
import { createLog } from '../log.ts';
import { parseFlags, UsageError } from './usage.ts';

const help = `Usage: firebreak journal verify [--json]

Walks the journal's hash chain in the ledger at DATABASE_URL and says whether every sealed row is as it was written.
Exit code 0, or 1 at the first row that does not fit.
`;

export const journal = {
  help,
  async run(args: string[]): Promise<number> {
    const { values, positionals } = parseFlags({
      args,
      options: { json: { type: 'boolean' } },
      allowPositionals: true,
    });
    if (positionals.length !== 1 || positionals[0] !== 'verify') throw new UsageError('The only verb is verify.');
    const { databaseUrl } = readEnvironment(process.env);
    if (!databaseUrl) {
      throw new OperationError(
        'config-invalid',
        'DATABASE_URL is not set: name the PostgreSQL server that holds the ledger.',
        { retryable: false },
      );
    }
    const connection = openPostgres({ url: databaseUrl, log: createLog({ level: 'warn', to: 'stderr' }) });
    try {
      const report = await verifyJournal(connection.db);
      if (values.json) process.stdout.write(`${JSON.stringify(report)}\n`);
      else process.stdout.write(describe(report));
      return report.ok ? 0 : 1;
    } finally {
      await connection.close();
    }
  },
};

function describe(report: Awaited<ReturnType<typeof verifyJournal>>): string {
  const waiting = report.unsealed > 0 ? `, ${report.unsealed} wait for their seal` : '';
  if (report.ok)
    return `The chain holds: ${report.sealed} rows sealed${waiting}. Head ${report.head ? `${report.head.seq} ${report.head.hash}` : 'none'}.\n`;
  return `The chain is broken: ${JSON.stringify(report.firstBreak)}. ${report.sealed} rows sealed${waiting}.\n`;
}
