import { type Kysely, sql } from 'kysely';

/**
 * The first tables. Later migrations only add (tables, nullable columns, indexes), so that a process of the version
 * before them goes on working beside the new one; the one exception is 0002, which says so.
 *
 * Roles: run migrations as the owner (`MIGRATE_DATABASE_URL` or the like) and serve as another role with
 * `select, insert, update, delete` on every table except `journal` and `journal_seal`, where it has only
 * `select, insert`. The triggers below refuse UPDATE, DELETE and TRUNCATE of those two for everybody who does not
 * disable them first, which only their owner can do.
 */
const statements = [
  `create table delivery (
    id bigserial primary key,
    source text not null,
    key text not null,
    summary json not null,
    received_at timestamptz not null default clock_timestamp(),
    unique (source, key)
  )`,

  `create sequence incident_number as integer`,
  `create table incident (
    id text primary key,
    number integer not null unique default nextval('incident_number'),
    key text not null,
    service text not null,
    title text not null,
    severity text not null,
    state text not null,
    opened_at timestamptz not null,
    acknowledged_by text,
    resolved_at timestamptz,
    cleared_at timestamptz,
    channel text,
    channel_asked_at timestamptz
  )`,
  `create unique index incident_open_key on incident (key) where state <> 'resolved'`,
  `create index incident_key on incident (key, number desc)`,
  `create index incident_channel on incident (channel) where channel is not null`,
  `create index incident_open on incident (number desc) where state <> 'resolved'`,

  `create table alert (
    scope text not null,
    fingerprint text not null,
    incident_id text,
    name text not null,
    status text not null,
    labels json not null,
    annotations json not null,
    starts_at timestamptz not null,
    ends_at timestamptz,
    generator_url text,
    primary key (scope, fingerprint)
  )`,
  `create index alert_incident on alert (incident_id, (status = 'firing') desc, starts_at desc, fingerprint)
     where incident_id is not null`,

  `create table runbook (
    digest text primary key,
    path text not null,
    title text not null,
    procedures json not null,
    saved_at timestamptz not null default clock_timestamp()
  )`,

  `create table posting (
    seq bigserial not null,
    id text primary key,
    incident_id text,
    service text not null,
    runbook_digest text not null,
    procedure_id text not null,
    channel text not null,
    requested_by text not null
  )`,
  `create index posting_incident on posting (incident_id, seq) where incident_id is not null`,

  `create table reading (
    seq bigserial not null,
    id text primary key,
    posting_id text not null,
    ordinal integer not null,
    parameters json not null,
    requested_by text not null,
    state text not null,
    text text,
    exit_code integer,
    truncated boolean,
    took_ms double precision
  )`,
  `create index reading_posting on reading (posting_id, seq)`,

  `create table proposal (
    seq bigserial not null,
    id text primary key,
    posting_id text not null,
    ordinal integer not null,
    parameters json not null,
    requested_by text not null,
    state text not null,
    reason text,
    undo_of text,
    action json
  )`,
  `create index proposal_posting on proposal (posting_id, seq)`,

  `create table plan (
    seq bigserial not null,
    id text primary key,
    proposal_id text not null unique,
    incident_id text,
    service text not null,
    digest text not null,
    canonical text not null,
    state text not null,
    requested_by text not null,
    undo_of text,
    expires_at timestamptz not null,
    approval_expires_at timestamptz,
    decided_at timestamptz,
    state_reason text,
    approve_nonce text not null unique,
    deny_nonce text not null unique
  )`,
  `create index plan_incident on plan (incident_id, seq) where incident_id is not null`,

  `create table vote (
    ordinal bigserial primary key,
    plan_id text not null references plan (id),
    voter text not null,
    verdict text not null,
    at timestamptz not null default clock_timestamp(),
    counted boolean,
    reason text,
    unique (plan_id, voter)
  )`,

  `create table run (
    seq bigserial not null,
    id text primary key,
    plan_id text not null unique references plan (id),
    started_at timestamptz not null,
    deadline_at timestamptz not null,
    outcome text,
    outcome_text text,
    finished_at timestamptz,
    verification text,
    verification_text text,
    progress text,
    differences json not null
  )`,
  `create index run_started on run (started_at)`,

  `create table attempt (
    audit_id text primary key,
    run_id text not null references run (id),
    ordinal integer not null,
    request json not null,
    started_at timestamptz not null,
    answer text,
    status integer,
    answered_at timestamptz,
    unique (run_id, ordinal)
  )`,

  `create table message (
    key text primary key,
    kind text not null,
    subject text not null,
    channel text not null,
    thread_key text,
    ts text,
    asked_at timestamptz,
    created_at timestamptz not null default clock_timestamp(),
    revision integer not null default 1,
    published_revision integer not null default 0,
    text text
  )`,

  // A queue in a table: done rows stay, so every index that the claim path uses is partial and vacuum comes early.
  `create table work (
    id bigserial primary key,
    kind text not null,
    subject text not null,
    lane text not null,
    serial text,
    coalesces boolean not null default false,
    due_at timestamptz not null default clock_timestamp(),
    attempts integer not null default 0,
    claimed_by text,
    claimed_until timestamptz,
    done_at timestamptz,
    failed_at timestamptz,
    error text,
    created_at timestamptz not null default clock_timestamp()
  ) with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000)`,
  `create index work_due on work (due_at) where done_at is null and failed_at is null`,
  `create index work_serial on work (serial, id) where done_at is null and failed_at is null and serial is not null`,
  `create unique index work_waiting on work (kind, subject)
     where coalesces and claimed_by is null and done_at is null and failed_at is null`,

  `create table journal (
    id bigserial primary key,
    at timestamptz not null default clock_timestamp(),
    kind text not null,
    incident_id text,
    plan_id text,
    actor text not null,
    data json not null
  )`,
  `create index journal_incident on journal (incident_id, id) where incident_id is not null`,
  `create table journal_seal (
    seq bigint primary key,
    journal_id bigint not null unique references journal (id),
    previous text not null,
    hash text not null
  )`,
  // Ids are taken before the commit, so a low id may appear after a higher one was sealed. This list is written by the
  // same transaction as the row: it holds exactly what is committed and not sealed, however late it came.
  `create table journal_pending (journal_id bigint primary key)
     with (autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 2000)`,
  `create function journal_await_seal() returns trigger language plpgsql as $$
   begin
     insert into journal_pending (journal_id) values (new.id);
     return null;
   end $$`,
  `create trigger journal_await_seal after insert on journal for each row execute function journal_await_seal()`,
  `create function journal_refuse() returns trigger language plpgsql as $$
   begin
     raise exception '% is append-only: % is refused', tg_table_name, tg_op using errcode = 'insufficient_privilege';
   end $$`,
  `create trigger journal_append_only before update or delete or truncate on journal
     for each statement execute function journal_refuse()`,
  `create trigger journal_seal_append_only before update or delete or truncate on journal_seal
     for each statement execute function journal_refuse()`,
];

export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of statements) await sql.raw(statement).execute(db);
}
