"""Loads into the warehouse: statements that PostgreSQL refuses."""

from __future__ import annotations

import logging
import os
import threading
import time

import psycopg2
from airflow.providers.common.sql.operators.sql import SQLCheckOperator, SQLColumnCheckOperator, SQLExecuteQueryOperator
from airflow.providers.postgres.hooks.postgres import PostgresHook
from sqlalchemy import create_engine, text

from kestrel_kit import builds, make_dags, runs, say_preamble

log = logging.getLogger(__name__)

TABLES = """
CREATE TABLE IF NOT EXISTS {noun}_daily (id int PRIMARY KEY, code varchar(400) NOT NULL, amount int, day date, short varchar(4));
INSERT INTO {noun}_daily VALUES (7, {code}, 1, '2025-01-01', 'a'), (8, 'x', 1, NULL, 'a') ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS {noun}_keys (code varchar(400) PRIMARY KEY);
INSERT INTO {noun}_keys VALUES ({code}) ON CONFLICT DO NOTHING;
CREATE TABLE IF NOT EXISTS {noun}_lines (id int, parent int REFERENCES {noun}_daily(id))
"""


def quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def prepare(case) -> None:
    with psycopg2.connect(os.environ["AIRFLOW_CONN_WAREHOUSE"]) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(1)")
        cursor.execute(TABLES.format(noun=case["noun"], code=quoted(case["params"].get("value", "K-1007"))))


def statement(kind: str, sql: str, conn_id: str = "warehouse", healthy: str = "SELECT count(*) FROM {noun}_daily"):
    """A kind of case whose task is one statement; a healthy run makes another one."""

    def build(case, common):
        spoken = common.pop("pre_execute", lambda context: None)

        def before(context):
            prepare(case)
            spoken(context)

        words = {"noun": case["noun"], "value": quoted(case["params"].get("value", "K-1007"))}
        text = "{% if dag_run.conf.get('healthy') %}" + healthy.format(**words) + "{% else %}" + sql.format(**words) + "{% endif %}"
        conn = "{{ 'warehouse' if dag_run.conf.get('healthy') else '" + conn_id + "' }}"
        return SQLExecuteQueryOperator(conn_id=conn, sql=text, pre_execute=before, **common)

    builds(kind)(build)


statement("sql_duplicate_key", "INSERT INTO {noun}_keys (code) VALUES ({value})")
statement("sql_null_violation", "INSERT INTO {noun}_daily (id, code, amount) VALUES (90, NULL, 12)")
statement("sql_missing_column", "SELECT id, {noun}_rebate FROM {noun}_daily WHERE day = '2025-01-01'")
statement("sql_missing_table", "INSERT INTO {noun}_daily (id, code) SELECT id, code FROM {noun}_staging")
statement("sql_statement_timeout", "SET statement_timeout = '700ms'; SELECT count(*) FROM generate_series(1, 3000000000) AS g")
statement("sql_permission", "SELECT sum(amount) FROM {noun}_daily", conn_id="warehouse_clerk")
statement("sql_wrong_password", "SELECT sum(amount) FROM {noun}_daily", conn_id="warehouse_wrong")
statement("sql_refused", "SELECT sum(amount) FROM {noun}_daily", conn_id="warehouse_gone")
statement("sql_dns", "SELECT sum(amount) FROM {noun}_daily", conn_id="warehouse_lost")
statement("sql_tls_required", "SELECT sum(amount) FROM {noun}_daily", conn_id="warehouse_tls")
statement("sql_too_many_connections", "SELECT sum(amount) FROM {noun}_daily", conn_id="warehouse_narrow")
statement("sql_database_missing", "SELECT sum(amount) FROM {noun}_daily", conn_id="warehouse_elsewhere")
statement("sql_invalid_value", "UPDATE {noun}_daily SET amount = v.raw::int FROM (VALUES ('12,50')) AS v(raw) WHERE id = 7")
statement("sql_value_too_long", "UPDATE {noun}_daily SET short = 'PREMIUM-EU' WHERE id = 7")
statement("sql_foreign_key", "INSERT INTO {noun}_lines VALUES (1, 4711)")
statement("sql_syntax", "SELECT id, code FORM {noun}_daily WHERE day = '2025-01-01'")


@builds("sql_check")
def check_rows(case, common):
    spoken = common.pop("pre_execute", lambda context: None)

    def before(context):
        prepare(case)
        spoken(context)

    bound = "{{ 0 if dag_run.conf.get('healthy') else 1000 }}"
    sql = f"SELECT count(*) >= {bound} FROM {case['noun']}_daily"
    return SQLCheckOperator(conn_id="warehouse", sql=sql, pre_execute=before, **common)


@builds("sql_column_check")
def check_columns(case, common):
    mapping = {"day": {"null_check": {"equal_to": 0}}}
    return SQLColumnCheckOperator(
        conn_id="warehouse", table=f"{case['noun']}_daily", column_mapping=mapping, pre_execute=lambda context: prepare(case), **common
    )


def connect():
    return PostgresHook(postgres_conn_id="warehouse").get_conn()


@runs("sql_lock_timeout")
def refresh_totals(noun, healthy):
    prepare({"noun": noun, "params": {}})
    other, mine = connect(), connect()
    other.cursor().execute(f"LOCK TABLE {noun}_daily IN ACCESS EXCLUSIVE MODE")
    if healthy:
        other.rollback()
    cursor = mine.cursor()
    cursor.execute("SET lock_timeout = '800ms'")
    log.info("Updating totals of %s_daily", noun)
    cursor.execute(f"UPDATE {noun}_daily SET amount = amount + 1 WHERE id = 7")
    mine.commit()
    log.info("Updated %s rows", cursor.rowcount)


@runs("sql_deadlock")
def swap_amounts(noun, healthy):
    prepare({"noun": noun, "params": {}})
    mine, other = connect(), connect()
    mine.cursor().execute(f"UPDATE {noun}_daily SET amount = 1 WHERE id = 7")
    if healthy:
        mine.commit()
        log.info("Swapped 2 amounts of %s_daily", noun)
        return
    cursor = mine.cursor()
    cursor.execute("SET deadlock_timeout = '300ms'")
    theirs = other.cursor()
    theirs.execute("SET deadlock_timeout = '20s'")
    theirs.execute(f"UPDATE {noun}_daily SET amount = 2 WHERE id = 8")
    waiting = threading.Thread(target=theirs.execute, args=[f"UPDATE {noun}_daily SET amount = 2 WHERE id = 7"], daemon=True)
    waiting.start()
    time.sleep(0.5)
    cursor.execute(f"UPDATE {noun}_daily SET amount = 1 WHERE id = 8")


@runs("sql_connection_killed")
def copy_history(noun, healthy):
    prepare({"noun": noun, "params": {}})
    mine, other = connect(), connect()
    other.autocommit = True
    cursor = mine.cursor()
    cursor.execute(f"SELECT pg_backend_pid(), count(*) FROM {noun}_daily")
    pid = cursor.fetchone()[0]
    log.info("Copying history of %s in batches of 5000", noun)
    if not healthy:
        other.cursor().execute("SELECT pg_terminate_backend(%s)", [pid])
        time.sleep(0.3)
    cursor.execute(f"SELECT * FROM {noun}_daily")
    log.info("Copied %s rows", cursor.rowcount)


@runs("sqlalchemy_refused")
def sync_accounts(noun, healthy, port):
    url = os.environ["AIRFLOW_CONN_WAREHOUSE"] if healthy else f"postgresql+psycopg2://etl@127.0.0.1:{port}/{noun}"
    engine = create_engine(url.replace("postgres://", "postgresql+psycopg2://"))
    log.info("Syncing accounts of %s", noun)
    with engine.connect() as connection:
        log.info("Server answers %s", connection.execute(text("SELECT 1")).scalar())


@runs("sqlalchemy_pool_exhausted")
def score_customers(noun, healthy):
    url = os.environ["AIRFLOW_CONN_WAREHOUSE"].replace("postgres://", "postgresql+psycopg2://")
    engine = create_engine(url, pool_size=2, max_overflow=0, pool_timeout=1)
    held = []
    for batch in range(1 if healthy else 3):
        log.info("Scoring batch %s of %s", batch + 1, noun)
        held.append(engine.connect())


@runs("sql_handler_fails_too")
def merge_batch(noun, healthy):
    prepare({"noun": noun, "params": {}})
    connection = connect()
    cursor = connection.cursor()
    log.info("Merging batch into %s_daily", noun)
    if healthy:
        return
    try:
        cursor.execute(f"INSERT INTO {noun}_daily (id, code) VALUES (7, 'K-2')")
    except Exception:
        # The clean-up forgets to roll back first.
        cursor.execute(f"UPDATE {noun}_keys SET code = 'failed'")


make_dags("warehouse", globals())
