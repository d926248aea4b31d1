#!/bin/sh
# Run once by PostgreSQL's image on an empty data folder: the role that Firebreak serves with.
set -eu
psql -v ON_ERROR_STOP=1 -v password="$FIREBREAK_ROLE_PASSWORD" -U "$POSTGRES_USER" -d "$POSTGRES_DB" <<'SQL'
create role firebreak login password :'password';
SQL
