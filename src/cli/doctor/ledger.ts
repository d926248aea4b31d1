import { inspectLedger } from '../../adapters/postgres/inspect.ts';
import { openPostgres } from '../../adapters/postgres/connection.ts';
import type { Environment } from '../../environment.ts';
import type { Log } from '../../flow/ports.ts';
import { checking, clockFinding, fail, type Finding, ok, warn } from './finding.ts';

const about = 'PostgreSQL';
const oldestVersion = 150_000;

export async function checkLedger({ databaseUrl, migrationsUrl }: Environment, log: Log): Promise<readonly Finding[]> {
  if (databaseUrl === undefined) {
    return [fail(about, 'DATABASE_URL is not set', 'Name a database, such as postgres://firebreak@db/firebreak.')];
  }
  return checking(about, 'Check DATABASE_URL, the server, and that this machine may reach it.', async () => {
    const connection = openPostgres({ url: databaseUrl, log, connectionsMax: 1 });
    try {
      const facts = await inspectLedger(connection.db);
      const release = `${Math.floor(facts.version / 10_000)}.${facts.version % 10_000}`;
      const findings: Finding[] = [ok(about, `version ${release}, as role ${facts.role}`)];
      if (facts.version < oldestVersion) {
        findings.push(fail(about, `version ${release} is too old`, 'Use PostgreSQL 15 or newer.'));
      }
      if (!facts.migrated) {
        const who = migrationsUrl === undefined ? 'this role must be allowed to create tables' : 'as the owner';
        findings.push(warn(about, 'has no tables yet', `\`firebreak serve\` makes them at its start (${who}).`));
      }
      if (facts.journalRights.length > 0) {
        findings.push(
          warn(
            about,
            `role ${facts.role} could rewrite the journal (${facts.journalRights.join(', ')})`,
            'Serve as a role that does not own the tables: set FIREBREAK_MIGRATIONS_URL to the owner and DATABASE_URL to another role (docs/operations.md, "Two roles").',
          ),
        );
      }
      return [...findings, ...clockFinding(about, facts.now, new Date())];
    } finally {
      await connection.close();
    }
  });
}
