-- A read-only role for Windsock on Airflow's metadata database: Airflow 2.7 to 3.3, PostgreSQL 12 or newer.
--
-- Run it on the metadata database, as a superuser, or as a role that owns Airflow's tables and may create roles:
--
--   psql "$AIRFLOW_DATABASE_URL" -f airflow-role.sql
--   psql "$AIRFLOW_DATABASE_URL" -c '\password windsock'
--
-- Any other SQL client does as well: there is no psql command in here. The second line gives the role its password;
-- without one it cannot log in from elsewhere. If Airflow's tables are not in the schema `public`, run
-- `SET search_path = its_schema;` first in the same session.
--
-- Run it again after each upgrade of Airflow: PostgreSQL does not extend a grant to columns that an upgrade adds.
-- Running it twice changes nothing.
--
-- What it grants: SELECT on the columns that Windsock reads, and on nothing else. Out of reach stay, among others,
-- `variable`, `connection`, `xcom`, rendered template fields, `log.extra`, `dag_run.conf`,
-- `task_instance.executor_config` and `trigger.kwargs`.
-- `serialized_dag.data` (the graph of a DAG) and `import_error.stacktrace` may hold whatever a DAG's author wrote into
-- the file, `task_instance_note.content` what people wrote beside a task. Take these lines out if you do not want them
-- read: Windsock does without, and says so.

DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'windsock') THEN
    CREATE ROLE windsock LOGIN;
  END IF;
END
$$;

-- Windsock keeps to 2 connections; the rest is room for a second replica and for `windsock check`.
ALTER ROLE windsock LOGIN NOINHERIT CONNECTION LIMIT 10;
-- These hold through PgBouncer too, where a session cannot set them itself.
ALTER ROLE windsock SET default_transaction_read_only = on;
ALTER ROLE windsock SET statement_timeout = '5s';
ALTER ROLE windsock SET lock_timeout = '500ms';
ALTER ROLE windsock SET idle_in_transaction_session_timeout = '5s';

DO $$
DECLARE
  home text;
  wanted record;
  present text;
BEGIN
  SELECT n.nspname INTO home FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = to_regclass('dag_run');
  IF home IS NULL THEN
    RAISE EXCEPTION 'this database holds no Airflow: there is no table dag_run on the search path'
      USING HINT = 'Connect to the metadata database, and SET search_path to the schema of its tables.';
  END IF;

  EXECUTE format('GRANT CONNECT ON DATABASE %I TO windsock', current_database());
  EXECUTE format('GRANT USAGE ON SCHEMA %I TO windsock', home);
  -- What an earlier version of this file granted goes first, so that the list below is the whole truth.
  EXECUTE format('REVOKE ALL ON ALL TABLES IN SCHEMA %I FROM windsock', home);

  FOR wanted IN
    SELECT * FROM (VALUES
      ('alembic_version', 'version_num'),
      ('dag', 'dag_id, is_paused, is_active, is_stale, owners, schedule_interval, timetable_summary, timetable_description,
               next_dagrun, next_dagrun_create_after, has_import_errors, last_parsed_time, fileloc, relative_fileloc, bundle_name,
               max_active_runs'),
      ('dag_tag', 'name, dag_id'),
      ('dag_run', 'id, dag_id, run_id, run_type, state, queued_at, start_date, end_date, execution_date, logical_date, run_after,
                   data_interval_end, clear_number, updated_at, log_template_id, dag_hash'),
      ('log_template', 'id, filename'),
      ('task_instance', 'id, dag_id, run_id, task_id, map_index, state, try_number, max_tries, start_date, end_date, duration,
                         queued_dttm, scheduled_dttm, queue, pool, pool_slots, operator, hostname, updated_at, executor,
                         last_heartbeat_at, dag_version_id'),
      ('task_instance_note', 'ti_id, dag_id, run_id, task_id, map_index, content'),
      ('task_instance_history', 'dag_id, run_id, task_id, map_index, state, try_number, max_tries, start_date, end_date, duration,
                                 queued_dttm, queue, pool, operator, hostname, updated_at'),
      ('task_fail', 'dag_id, run_id, task_id, map_index, start_date, end_date, duration'),
      ('log', 'id, dttm, event, dag_id, task_id, run_id, execution_date, map_index, try_number, owner, owner_display_name'),
      ('job', 'id, job_type, state, latest_heartbeat, hostname'),
      ('slot_pool', 'pool, slots, include_deferred'),
      ('import_error', 'id, timestamp, filename, stacktrace, bundle_name'),
      ('serialized_dag', 'dag_id, dag_hash, data, data_compressed, dag_version_id, last_updated'),
      ('dag_version', 'id, dag_id, version_number, bundle_version, created_at'),
      ('deadline', 'id, dagrun_id, deadline_time, missed, callback_state'),
      ('sla_miss', 'dag_id, task_id, execution_date, timestamp'),
      ('dataset', 'id, uri, is_orphaned'),
      ('dataset_event', 'dataset_id, timestamp'),
      ('asset', 'id, name, uri'),
      ('asset_active', 'name, uri'),
      ('asset_event', 'asset_id, timestamp')
    ) AS list (table_name, columns)
  LOOP
    -- Each Airflow version has some of these tables and columns; what is not there is passed over.
    SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) INTO present
    FROM pg_class c
    JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE n.nspname = home AND c.relname = wanted.table_name
      AND a.attname = ANY (regexp_split_to_array(wanted.columns, '\s*,\s*'));
    IF present IS NOT NULL THEN
      EXECUTE format('GRANT SELECT (%s) ON %I.%I TO windsock', present, home, wanted.table_name);
    END IF;
  END LOOP;
END
$$;
