"""Trouble with Airflow itself: what is configured, how long a task may take, and who kills it."""

from __future__ import annotations

import logging
import os
import resource
import signal
import subprocess
import time
from datetime import timedelta
from importlib.metadata import version
from pathlib import Path

from airflow.providers.common.sql.operators.sql import SQLExecuteQueryOperator

from kestrel_kit import BashOperator, builds, make_dags, runs, shell

try:
    from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.providers.standard.sensors.python import PythonSensor
    from airflow.sdk import Variable
    from airflow.sdk.bases.hook import BaseHook
except ImportError:  # Airflow 2
    from airflow.hooks.base import BaseHook
    from airflow.models import Variable
    from airflow.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.sensors.python import PythonSensor

log = logging.getLogger(__name__)


@builds("missing_connection")
def export_totals(case, common):
    conn = "{{ 'warehouse' if dag_run.conf.get('healthy') else '" + case["noun"] + "_dwh' }}"
    return SQLExecuteQueryOperator(conn_id=conn, sql="SELECT 1", **common)


@runs("missing_connection_hook")
def find_endpoint(noun, healthy):
    connection = BaseHook.get_connection("warehouse" if healthy else f"{noun}_api")
    log.info("Endpoint is %s", connection.host)


@runs("missing_variable")
def read_limits(noun, healthy):
    log.info("Reading limits of %s", noun)
    if not healthy:
        log.info("Limit is %s", Variable.get(f"{noun}_limit"))


@runs("missing_environment_variable")
def find_bucket(noun, healthy):
    log.info("Looking for the bucket of %s", noun)
    if not healthy:
        log.info("Bucket is %s", os.environ[f"{noun.upper()}_BUCKET"])


@builds("template_undefined")
def render_undefined(case, common):
    text = "echo day {{ ds_nodash if dag_run.conf.get('healthy') else params." + case["noun"] + "_window.start }}"
    return BashOperator(bash_command=text, **common)


@builds("template_syntax")
def render_syntax(case, common):
    return BashOperator(bash_command="echo " + case["noun"] + " {{ ds | upper( }}", **common)


@runs("import_module_missing")
def train_model(noun, healthy):
    log.info("Training model of %s", noun)
    if not healthy:
        import kestrel_forecasting  # noqa: F401


@runs("import_name_missing")
def quantise_model(noun, healthy):
    log.info("Quantising model of %s", noun)
    if not healthy:
        from requests.adapters import PooledAdapter  # noqa: F401


@runs("import_circular_version")
def check_versions(noun, healthy):
    found = version("requests")
    log.info("requests is %s", found)
    if not healthy:
        raise ImportError(f"{noun} requires requests<2.0, but requests {found} is installed")


@runs("execution_timeout", execution_timeout=timedelta(seconds=4))
def rebuild_index(noun, healthy):
    for shard in range(1, 3 if healthy else 400):
        log.info("Rebuilding shard %s of %s", shard, noun)
        time.sleep(0.1 if healthy else 1)


@builds("bash_execution_timeout")
def wait_for_job(case, common):
    return shell(case, common, execution_timeout=timedelta(seconds=5))


@builds("python_sensor_timeout")
def await_partition(case, common):
    def is_there(noun, healthy):
        log.info("Partition of %s is %s", noun, "there" if healthy else "not there yet")
        return bool(healthy)

    healthy = "{{ dag_run.conf.get('healthy', '') }}"
    return PythonSensor(
        python_callable=is_there, op_kwargs={"noun": case["noun"], "healthy": healthy}, poke_interval=2, timeout=5, mode="poke", **common
    )


@runs("memory_error")
def join_frames(noun, healthy):
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    log.info("Joining frames of %s", noun)
    if healthy:
        return
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + 200_000_000, hard))
    try:
        frames = []
        while True:
            frames.append(bytearray(40_000_000))
            log.info("Joined %s million rows", len(frames) * 4)
    finally:
        frames = None
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


@runs("task_killed")
@runs("no_log_killed")
@runs("no_log_killed_seen")
def fold_sessions(noun, healthy):
    log.info("Folding sessions of %s", noun)
    for part in range(1, 6):
        log.info("Folded part %s of 5", part)
    if not healthy:
        time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGKILL)


@runs("task_terminated")
def rank_offers(noun, healthy):
    log.info("Ranking offers of %s", noun)
    if not healthy:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(20)


@runs("task_crashed")
def resize_images(noun, healthy):
    log.info("Resizing 120 images of %s", noun)
    if not healthy:
        # Airflow handles this signal in Python, which a crash in native code never returns to.
        signal.signal(signal.SIGSEGV, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGSEGV)


@runs("heartbeat_lost")
@runs("no_log_heartbeat")
def index_documents(noun, healthy):
    """Its supervisor dies with it, so that nobody says how it ended."""
    log.info("Indexing documents of %s", noun)
    if healthy:
        return
    time.sleep(4)
    parent = os.getppid()
    # Airflow 2's executor would tell how its child ended: there it must live on, but silently, for as long as it matters.
    os.kill(parent, signal.SIGSTOP if version("apache-airflow").startswith("2.") else signal.SIGKILL)
    subprocess.Popen(["sh", "-c", f"sleep 60; kill -9 {parent}"], start_new_session=True)
    os.kill(os.getpid(), signal.SIGKILL)


@runs("no_log_removed")
def settle_accounts(noun, healthy):
    log.info("Settling accounts of %s", noun)
    if not healthy:
        raise RuntimeError(f"settlement of {noun} is not balanced")


@builds("triggered_dag_failed")
def run_settlement(case, common):
    return TriggerDagRunOperator(
        trigger_dag_id="kestrel_child", wait_for_completion=True, poke_interval=2, failed_states=["failed"], **common
    )


@runs("child_fails")
def close_books(noun, healthy):
    raise RuntimeError("books are open")


make_dags("runtime", globals())
