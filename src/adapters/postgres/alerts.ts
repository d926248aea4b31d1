import { sql } from 'kysely';
import type { Alert } from '../../domain/alert.ts';
import type { LedgerTransaction } from '../../flow/ledger.ts';
import { withoutNulls } from './absent.ts';
import type { Scope } from './transaction.ts';

/** Rows in one statement; 10,000 alerts are five of them. */
const chunkSize = 2_000;

export const alerts = ({ db }: Scope) =>
  ({
    async knownAlerts(scope, fingerprints) {
      if (fingerprints.length === 0) return new Map();
      const rows = await db
        .selectFrom('alert')
        .select(['fingerprint', 'status', 'startsAt', 'endsAt'])
        .where('scope', '=', scope)
        .where('fingerprint', '=', sql<string>`any(${fingerprints}::text[])`)
        .execute();
      return new Map(
        rows.map(({ fingerprint, status, startsAt, endsAt }) => [
          fingerprint,
          withoutNulls({ status, startsAt, endsAt }),
        ]),
      );
    },

    async putAlerts(scope, incidentId, news) {
      // One statement may touch a row once; the same order for everybody keeps HA peers from locking each other out.
      const unique = [...new Map(news.map((alert) => [alert.fingerprint, alert])).values()].sort((a, b) =>
        a.fingerprint < b.fingerprint ? -1 : 1,
      );
      for (let start = 0; start < unique.length; start += chunkSize) {
        const chunk = unique.slice(start, start + chunkSize);
        const column = <T>(of: (alert: Alert) => T): T[] => chunk.map(of);
        await sql`
          insert into alert
            (scope, incident_id, fingerprint, name, status, labels, annotations, starts_at, ends_at, generator_url)
          select ${scope}::text, ${incidentId ?? null}::text,
                 fingerprint, name, status, labels::json, annotations::json, starts_at, ends_at, generator_url
          from unnest(
            ${column((alert) => alert.fingerprint)}::text[],
            ${column((alert) => alert.name)}::text[],
            ${column((alert) => alert.status)}::text[],
            ${column((alert) => JSON.stringify(alert.labels))}::text[],
            ${column((alert) => JSON.stringify(alert.annotations))}::text[],
            ${column((alert) => alert.startsAt.toISOString())}::timestamptz[],
            ${column((alert) => alert.endsAt?.toISOString() ?? null)}::timestamptz[],
            ${column((alert) => alert.generatorUrl ?? null)}::text[]
          ) as news (fingerprint, name, status, labels, annotations, starts_at, ends_at, generator_url)
          on conflict (scope, fingerprint) do update set
            incident_id = excluded.incident_id,
            name = excluded.name,
            status = excluded.status,
            labels = excluded.labels,
            annotations = excluded.annotations,
            starts_at = excluded.starts_at,
            ends_at = excluded.ends_at,
            generator_url = excluded.generator_url`.execute(db);
      }
    },

    async alertsOf(incidentId, limit) {
      const counts = await db
        .selectFrom('alert')
        .select((of) => [
          of.fn.countAll<string>().as('total'),
          of.fn.countAll<string>().filterWhere('status', '=', 'firing').as('firing'),
        ])
        .where('incidentId', '=', incidentId)
        .executeTakeFirstOrThrow();
      const rows = await db
        .selectFrom('alert')
        .select(['fingerprint', 'name', 'status', 'labels', 'annotations', 'startsAt', 'endsAt', 'generatorUrl'])
        .where('incidentId', '=', incidentId)
        .orderBy(sql`(status = 'firing')`, 'desc')
        .orderBy('startsAt', 'desc')
        .orderBy('fingerprint')
        .limit(limit)
        .execute();
      return { firing: Number(counts.firing), total: Number(counts.total), alerts: rows.map(withoutNulls) };
    },
  }) satisfies Partial<LedgerTransaction>;
