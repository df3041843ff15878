#!/bin/bash
# Runs once, on an empty PostgreSQL: a database and a role for Airflow, and one for Windsock's own state.
set -euo pipefail
psql --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
  --set airflow="$AIRFLOW_DATABASE_PASSWORD" --set store="$WINDSOCK_STORE_PASSWORD" <<'SQL'
CREATE ROLE airflow LOGIN PASSWORD :'airflow';
CREATE DATABASE airflow OWNER airflow;
CREATE ROLE windsock_store LOGIN PASSWORD :'store';
CREATE DATABASE windsock OWNER windsock_store;
SQL
