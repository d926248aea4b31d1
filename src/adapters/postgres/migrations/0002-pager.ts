import { type Kysely, sql } from 'kysely';

/** `service|groupKey` with the SHA-256 of the groupKey in hex. A groupKey ends in `}`, a shortened one in its hash. */
function hashedKey(column: string): string {
  const rest = `substring(${column} from position('|' in ${column}) + 1)`;
  return `substring(${column} for position('|' in ${column})) || case
    when ${rest} ~ '#[0-9a-f]{64}$' then right(${rest}, 64)
    else encode(sha256(convert_to(${rest}, 'UTF8')), 'hex') end`;
}

/**
 * PagerDuty's incidents, what people asked of PagerDuty, freezes, and what has been reconciled until when.
 *
 * The one migration that does not only add: it rewrites the keys of incidents and the scopes of alerts. A process of the
 * version before would look for an alert's incident under the old key, find none and open a second one, so all of them
 * have to be stopped before (docs/operations.md, "Upgrade"). The lock makes it all or nothing for whoever reads or writes
 * meanwhile: a transaction sees only old keys or only new ones.
 */
const statements = [
  `lock table incident, alert in access exclusive mode`,

  `create table page (
    id text primary key,
    incident_id text not null,
    service text not null,
    number integer not null,
    title text not null,
    url text not null,
    status text not null,
    urgency text not null,
    priority text,
    incident_key text,
    escalation_policy text,
    assignees json not null,
    created_at timestamptz not null,
    as_of timestamptz not null,
    as_of_event text not null,
    marks json
  )`,
  `create index page_incident on page (incident_id)`,
  `create index page_unresolved on page (service) where status <> 'resolved'`,

  // What people wrote in PagerDuty; a note may come before the page that it is about.
  `create table page_note (
    id text primary key,
    page_id text not null,
    at timestamptz not null,
    "by" text,
    text text not null
  )`,
  `create index page_note_page on page_note (page_id, at, id)`,

  `create table pager_order (
    seq bigserial not null,
    id text primary key,
    incident_id text not null,
    "order" json not null,
    requested_by text not null,
    requested_at timestamptz not null default clock_timestamp(),
    state text not null,
    reason text
  )`,
  `create index pager_order_incident on pager_order (incident_id, seq)`,

  `create table "freeze" (
    scope text primary key,
    since timestamptz not null default clock_timestamp(),
    "by" text not null,
    by_name text,
    reason text
  )`,

  // Who opened the App Home, and when: the pages that are kept up to date.
  `create table home_viewer (
    slack_user text primary key,
    opened_at timestamptz not null
  )`,

  // A source (PagerDuty, one Alertmanager, the chat) and until when what it says is known to be all in the ledger.
  `create table source_check (
    source text primary key,
    checked_at timestamptz not null,
    note text
  )`,

  // Event time of the last change of state, so that an older event cannot undo a newer one.
  `alter table incident add column state_at timestamptz`,

  // Alertmanager's groups, by the SHA-256 of their groupKey in hex; see flow/incident-key.ts.
  `create table alert_group (
    hash text primary key,
    receiver text not null,
    labels text not null,
    scope text not null
  )`,
  `create index alert_group_labels on alert_group (receiver, labels)`,

  // Which source has listed the alert as firing, and since when it does so no more.
  `alter table alert add column listed_by text`,
  `alter table alert add column absent_since timestamptz`,
  `create index alert_listed on alert (listed_by) where status = 'firing' and listed_by is not null`,

  // Keys held the groupKey, or its first 100 characters and its hash; PagerDuty knows it by the hash.
  `update incident set key = ${hashedKey('key')} where position('|' in key) > 0`,
  `update alert set scope = ${hashedKey('scope')} where position('|' in scope) > 0`,

  // What was given with /runbook, by parameter name.
  `alter table posting add column parameters json`,

  // Plans that wait for votes, and approvals that have not run out: few, however many there have been.
  `create index plan_proposed on plan (seq) where state = 'proposed'`,
  `create index plan_approved on plan (approval_expires_at) where state = 'approved'`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
