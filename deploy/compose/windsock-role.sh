#!/bin/bash
# Makes Windsock's read-only role in Airflow's database, or brings its grants up to date.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --quiet --file /airflow-role.sql
psql --set ON_ERROR_STOP=1 --quiet --set password="$WINDSOCK_AIRFLOW_PASSWORD" <<'SQL'
ALTER ROLE windsock PASSWORD :'password';
SQL
