import { sql } from 'kysely';
import type { Alert } from '../../domain/alert.ts';
import type { AlertName, GroupRecord, LedgerTransaction } from '../../flow/ledger.ts';
import { withoutNulls } from './absent.ts';
import type { Scope } from './transaction.ts';

type Known = Pick<Alert, 'status' | 'startsAt'> & { readonly endsAt: Date | null };

/** Rows in one statement; 10,000 alerts are five of them. */
const chunkSize = 2_000;

const columns = [
  'fingerprint',
  'name',
  'status',
  'labels',
  'annotations',
  'startsAt',
  'endsAt',
  'generatorUrl',
] as const;

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

    async knownAmong(asked) {
      if (asked.length === 0) return [];
      const { rows } = await sql<AlertName & Known>`
        select alert.scope, alert.fingerprint, alert.status, alert.starts_at, alert.ends_at
        from unnest(${asked.map(({ scope }) => scope)}::text[], ${asked.map(({ fingerprint }) => fingerprint)}::text[])
          as asked (scope, fingerprint)
        join alert on alert.scope = asked.scope and alert.fingerprint = asked.fingerprint`.execute(db);
      return rows.map(withoutNulls);
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
            generator_url = excluded.generator_url,
            absent_since = null`.execute(db);
      }
    },

    async noteListed(source, { services, fingerprints }) {
      const ours = sql`alert.incident_id = incident.id and incident.service = any(${[...services]}::text[])
        and alert.status = 'firing'`;
      await sql`
        update alert set listed_by = ${source}, absent_since = null from incident
        where ${ours} and alert.fingerprint = any(${[...fingerprints]}::text[])
          and (alert.listed_by is distinct from ${source} or alert.absent_since is not null)`.execute(db);
      await sql`
        update alert set absent_since = clock_timestamp() from incident
        where ${ours} and alert.listed_by = ${source} and alert.absent_since is null
          and not (alert.fingerprint = any(${[...fingerprints]}::text[]))`.execute(db);
    },

    async absentAlerts(source, since, limit) {
      const rows = await db
        .selectFrom('alert')
        .select([...columns, 'scope'])
        .where('listedBy', '=', source)
        .where('status', '=', 'firing')
        .where('absentSince', '<=', since)
        .orderBy('absentSince')
        .orderBy('fingerprint')
        .limit(limit)
        .execute();
      return rows.map(({ scope, ...alert }) => ({ scope, alert: withoutNulls(alert) }));
    },

    async alertGroup(hash) {
      return db.selectFrom('alertGroup').selectAll().where('hash', '=', hash).executeTakeFirst();
    },
    async alertGroupsLike(receiver, labels) {
      return db
        .selectFrom('alertGroup')
        .selectAll()
        .where('receiver', '=', receiver)
        .where('labels', '=', labels)
        .orderBy('hash')
        .execute();
    },
    async alertGroupsAmong(names) {
      if (names.length === 0) return [];
      const { rows } = await sql<GroupRecord>`
        select alert_group.hash, alert_group.receiver, alert_group.labels, alert_group.scope
        from unnest(${names.map(({ receiver }) => receiver)}::text[], ${names.map(({ labels }) => labels)}::text[])
          as asked (receiver, labels)
        join alert_group on alert_group.receiver = asked.receiver and alert_group.labels = asked.labels
        order by alert_group.hash`.execute(db);
      return rows;
    },
    async putAlertGroup(group) {
      await db
        .insertInto('alertGroup')
        .values(group)
        .onConflict((at) => at.column('hash').doNothing())
        .execute();
    },
    async alertReceivers() {
      const rows = await db.selectFrom('alertGroup').select('receiver').distinct().orderBy('receiver').execute();
      return rows.map(({ receiver }) => receiver);
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
        .select(columns)
        .where('incidentId', '=', incidentId)
        .orderBy(sql`(status = 'firing')`, 'desc')
        .orderBy('startsAt', 'desc')
        .orderBy('fingerprint')
        .limit(limit)
        .execute();
      return { firing: Number(counts.firing), total: Number(counts.total), alerts: rows.map(withoutNulls) };
    },
  }) satisfies Partial<LedgerTransaction>;
