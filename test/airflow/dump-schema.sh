#!/bin/sh
# Writes ../fixtures/schema/airflow-VERSION.sql (or src/demo/schema's, if the demo has one): the metadata database that
# a real Airflow makes of an empty PostgreSQL.
#
#   dump-schema.sh VERSION
#
# The file is plain SQL that any PostgreSQL from 15 on takes as ONE simple-protocol query: no psql commands, no COPY,
# no SET. It holds the schema, and of the rows only alembic_version*, log_template and slot_pool, which
# `airflow db migrate` writes itself. Timestamps in those rows are set to one fixed day, so that dumping twice
# gives the same bytes.
#
# PG_BIN   folder of initdb, pg_ctl, psql and pg_dump (default: the newest under /usr/lib/postgresql, else PATH)
# Exit codes: 0 written, 64 wrong call, 69 PyPI cannot be reached, 1 anything else.
set -eu

say() { printf 'dump-schema: %s\n' "$*" >&2; }
die() { code=$1; shift; say "$*"; exit "$code"; }

version=${1:-}
case $version in
  ''|*[!0-9.]*) die 64 'usage: dump-schema.sh VERSION, for example 3.3.2' ;;
esac

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
target=$here/../fixtures/schema/airflow-$version.sql
# The demo brings two of them along.
shipped=$here/../../src/demo/schema/airflow-$version.sql
[ ! -e "$shipped" ] || target=$shipped

bin=${PG_BIN:-}
if [ -z "$bin" ]; then
  bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -t/ -k5 -n | tail -n 1)
  [ -x "$bin/initdb" ] || bin=$(dirname "$(command -v initdb || echo /missing/initdb)")
fi
[ -x "$bin/initdb" ] || die 1 'no PostgreSQL server tools found: install postgresql, or set PG_BIN to the folder of initdb'

# PostgreSQL refuses to run as root.
if [ "$(id -u)" = 0 ]; then
  owner=postgres
  id "$owner" >/dev/null 2>&1 || owner=nobody
  as_owner() { runuser -u "$owner" -- "$@"; }
else
  owner=
  as_owner() { "$@"; }
fi

installed=$("$here/install-airflow.sh" "$version") || exit "$?"
venv=$(printf '%s\n' "$installed" | tail -n 1)

work=$(mktemp -d)
cleanup() {
  [ ! -f "$work/data/postmaster.pid" ] || as_owner "$bin/pg_ctl" -D "$work/data" -m immediate -w stop >/dev/null 2>&1 || true
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
mkdir "$work/data" "$work/socket" "$work/home"
chmod 700 "$work/data" "$work/socket"
[ -z "$owner" ] || chown "$owner" "$work" "$work/data" "$work/socket"

say 'starting a throw-away PostgreSQL'
# Reached through a socket in a private folder only, so it needs neither a port nor a password.
cd "$work"
start_postgres() {
  as_owner "$bin/initdb" -D "$work/data" -U airflow --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync &&
    as_owner "$bin/pg_ctl" -D "$work/data" -l "$work/data/server.log" -w \
      -o "-c listen_addresses='' -c unix_socket_directories='$work/socket' -c fsync=off -c timezone=UTC" start
}
start_postgres >"$work/log" 2>&1 || { cat "$work/log" >&2; die 1 'PostgreSQL did not start, see above'; }

sql() { "$bin/psql" --no-psqlrc --quiet --tuples-only --no-align -v ON_ERROR_STOP=1 -h "$work/socket" -U airflow "$@"; }
dump() { "$bin/pg_dump" -h "$work/socket" -U airflow --no-owner --no-privileges --no-comments "$@"; }
sql -d postgres -c 'CREATE DATABASE airflow' -c 'CREATE DATABASE reloaded'

say "airflow db migrate ($version)"
# Nothing of the caller's environment may reach Airflow: an AIRFLOW__… variable would change what is written.
env -i PATH="$venv/bin:/usr/bin:/bin" HOME="$work/home" LANG=C.UTF-8 AIRFLOW_HOME="$work/home" \
  AIRFLOW__CORE__LOAD_EXAMPLES=False \
  AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="postgresql+psycopg2://airflow@/airflow?host=$work/socket" \
  "$venv/bin/airflow" db migrate >"$work/log" 2>&1 ||
  { tail -n 30 "$work/log" >&2; die 1 "airflow db migrate failed, see above"; }

sql -d airflow -c "UPDATE log_template SET created_at = '2026-01-01 00:00:00+00'"

# Comments, SET lines (some are unknown to other releases of PostgreSQL), the emptied search_path and the
# \restrict tokens go; runs of empty lines shrink to one.
normalised() {
  sed -e '/^--/d' -e '/^SET /d' -e '/^SELECT pg_catalog\.set_config(/d' -e '/^\\/d' | cat -s | sed '1{/^$/d;}'
}

whole() {
  dump -d "$1" --schema-only | normalised
  dump -d "$1" --data-only --column-inserts -t 'public.alembic_version*' \
    -t public.log_template -t public.log_template_id_seq -t public.slot_pool -t public.slot_pool_id_seq | normalised
}

head=$(sql -d airflow -c 'SELECT version_num FROM alembic_version')
{
  printf -- '-- Metadata database of Apache Airflow %s (alembic %s) on PostgreSQL, written by test/airflow/dump-schema.sh.\n\n' "$version" "$head"
  whole airflow
} >"$work/dump.sql"

# -c sends the whole text as one simple query; what comes back out must be what went in.
sql -d reloaded -c "$(cat "$work/dump.sql")" >/dev/null || die 1 'the dump does not load again as one query'
whole airflow >"$work/first"
whole reloaded >"$work/second"
diff "$work/first" "$work/second" >&2 || die 1 'the dump loads, but to another schema: see the differences above'

mkdir -p "$(dirname "$target")"
cp "$work/dump.sql" "$target"
chmod 644 "$target"
say "wrote $(basename "$target"): alembic $head, $(grep -c '^CREATE TABLE' "$target") tables"
