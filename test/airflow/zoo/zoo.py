"""DAGs that make every kind of row Airflow can write about a task or a run.

They run on 2.11 and on 3.x alike. Everything is short; what takes its time does so only until a test acts on it.
"""

from __future__ import annotations

import os
import signal
import time
from datetime import datetime, timedelta, timezone
from pathlib import Path

try:
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.providers.standard.triggers.file import FileTrigger
    from airflow.providers.standard.triggers.temporal import TimeDeltaTrigger
    from airflow.sdk import DAG, Asset, AsyncCallback, BaseOperator, BaseSensorOperator, DeadlineAlert, DeadlineReference, task
    from airflow.sdk.exceptions import AirflowSkipException

    AT_ONCE = {}
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.datasets import Dataset as Asset
    from airflow.decorators import task
    from airflow.exceptions import AirflowSkipException
    from airflow.models.baseoperator import BaseOperator
    from airflow.operators.empty import EmptyOperator
    from airflow.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.sensors.base import BaseSensorOperator
    from airflow.triggers.file import FileTrigger
    from airflow.triggers.temporal import TimeDeltaTrigger

    DeadlineAlert = None
    # An SLA that every run of a scheduled DAG misses.
    AT_ONCE = {"sla": timedelta(milliseconds=100)}

START = datetime(2025, 1, 1, tzinfo=timezone.utc)
SECOND = timedelta(seconds=1)
LONG = 1200
parcel = Asset("zoo://parcel")


def zoo(dag_id: str, **settings) -> DAG:
    defaults = {"schedule": None, "start_date": START, "catchup": False, "max_active_runs": 4}
    settings.setdefault("default_args", {"owner": "zoo", "retries": 0, "retry_delay": SECOND})
    return DAG(dag_id, **{**defaults, **settings})


def finished_within(interval: timedelta) -> dict:
    """Settings of a DAG whose runs must be over so long after they were queued; nothing on Airflow 2, which has no deadlines."""
    if DeadlineAlert is None:
        return {}
    callback = AsyncCallback("asyncio.sleep", {"delay": 0})
    return {"deadline": DeadlineAlert(reference=DeadlineReference.DAGRUN_QUEUED_AT, interval=interval, callback=callback)}


def release() -> Path:
    """The file that lets everything go that is held."""
    return Path(os.environ["AIRFLOW_HOME"], "release")


def wait_for_release() -> None:
    while not release().exists():
        time.sleep(0.3)


def current(context) -> int:
    return context["ti"].try_number


with zoo("zoo_success"):

    @task
    def first():
        time.sleep(1.2)

    @task
    def second():
        pass

    first() >> second() >> EmptyOperator(task_id="last")

with zoo("zoo_empty"):
    EmptyOperator(task_id="one") >> EmptyOperator(task_id="two")

with zoo("zoo_failure"):

    @task
    def fails():
        raise RuntimeError("no luck today")

    fails() >> EmptyOperator(task_id="never") >> EmptyOperator(task_id="never_either")

with zoo("zoo_retry"):

    @task(retries=2)
    def heals(**context):
        if current(context) == 1:
            raise RuntimeError("first try fails")

    @task(retries=1)
    def exhausts():
        raise RuntimeError("every try fails")

    heals()
    exhausts()

with zoo("zoo_branch"):

    @task.branch
    def choose():
        return "left"

    left = EmptyOperator(task_id="left")
    right = EmptyOperator(task_id="right")
    join = EmptyOperator(task_id="join", trigger_rule="none_failed_min_one_success")
    choose() >> [left, right] >> join

with zoo("zoo_skip"):

    @task
    def skips():
        raise AirflowSkipException("nothing to do")

    skips() >> EmptyOperator(task_id="skipped_too")

with zoo("zoo_mapped"):

    @task
    def each(n: int):
        if n == 2:
            raise RuntimeError("index 2 fails")

    @task
    def numbers():
        return [0, 1, 2, 3]

    @task
    def nothing():
        return []

    @task
    def none_of(n: int):
        pass

    each.expand(n=numbers())
    none_of.expand(n=nothing())


class ThirdPoke(BaseSensorOperator):
    """True at its third poke, whatever the machine's speed: pokes are counted in a file."""

    def poke(self, context):
        pokes = Path(os.environ["AIRFLOW_HOME"]) / f"pokes-{context['run_id']}"
        with pokes.open("a") as file:
            file.write(".")
        return pokes.stat().st_size >= 3


with zoo("zoo_reschedule"):
    ThirdPoke(task_id="waits", mode="reschedule", poke_interval=8)


class Deferring(BaseOperator):
    def __init__(self, seconds: float, **kwargs):
        super().__init__(**kwargs)
        self.seconds = seconds

    def execute(self, context):
        self.defer(trigger=TimeDeltaTrigger(timedelta(seconds=self.seconds)), method_name="resume")

    def resume(self, context, event=None):
        if current(context) <= (self.retries or 0):
            raise RuntimeError("fails after its first wait")


with zoo("zoo_deferrable"):
    # A task that is queued again before the scheduler has heard of its first part is taken for killed: it comes back late enough.
    Deferring(task_id="defers", seconds=8)
    Deferring(task_id="defers_twice", seconds=6, retries=1)

with zoo("zoo_timeout"):

    @task(execution_timeout=timedelta(seconds=2))
    def too_long():
        time.sleep(LONG)

    too_long()

with zoo("zoo_run_timeout", dagrun_timeout=timedelta(seconds=6)):

    @task
    def outlives():
        time.sleep(LONG)

    outlives() >> EmptyOperator(task_id="not_reached")

with zoo("zoo_pool"):

    @task(pool="zoo_pool")
    def narrow(n: int):
        time.sleep(2)

    narrow.expand(n=[1, 2, 3])

with zoo("zoo_deadline", **finished_within(SECOND)):

    @task
    def comes_late():
        time.sleep(6)

    comes_late()

class Released(BaseSensorOperator):
    def poke(self, context):
        return release().exists()


class AtRelease(BaseOperator):
    def execute(self, context):
        self.defer(trigger=FileTrigger(filepath=str(release()), poke_interval=0.5), method_name="resume")

    def resume(self, context, event=None):
        pass


with zoo("zoo_hold", **finished_within(timedelta(hours=1))):

    @task(pool="hold_pool")
    def holds(n: int):
        wait_for_release()

    @task(retries=50, retry_delay=timedelta(seconds=15))
    def tries_again():
        if not release().exists():
            raise RuntimeError("not released yet")

    holds.expand(n=[1, 2, 3])
    tries_again()
    Released(task_id="looks_again", mode="reschedule", poke_interval=15)
    AtRelease(task_id="is_deferred", pool="patient_pool", pool_slots=2)

with zoo("zoo_trigger"):
    TriggerDagRunOperator(task_id="trigger", trigger_dag_id="zoo_triggered")

with zoo("zoo_triggered"):

    @task
    def called():
        pass

    called()

with zoo("zoo_producer"):

    @task(outlets=[parcel])
    def sends():
        pass

    sends()

with zoo("zoo_consumer", schedule=[parcel]):

    @task
    def receives():
        pass

    receives()

with zoo("zoo_clear"):

    @task(retries=1)
    def flaky(**context):
        if current(context) == 1:
            raise RuntimeError("first try fails")

    @task
    def fine():
        pass

    @task
    def broken_until_third(**context):
        if current(context) < 3:
            raise RuntimeError("fails until cleared twice")

    flaky()
    fine() >> EmptyOperator(task_id="empty_after")
    broken_until_third() >> EmptyOperator(task_id="blocked")

with zoo("zoo_clear_running"):

    @task
    def runs_on(**context):
        if current(context) == 1:
            wait_for_release()

    runs_on()

with zoo("zoo_mark"):

    @task
    def ends_well():
        pass

    @task
    def ends_badly():
        raise RuntimeError("to be marked")

    @task
    def goes_on():
        time.sleep(LONG)

    @task
    def goes_on_too():
        time.sleep(LONG)

    @task
    def each_marked(n: int):
        if n == 1:
            raise RuntimeError("to be marked by its index")

    ends_well()
    ends_badly() >> EmptyOperator(task_id="blocked")
    goes_on()
    goes_on_too()
    each_marked.expand(n=[0, 1])

with zoo("zoo_mark_run"):

    @task
    def quick():
        pass

    @task
    def never_ends():
        time.sleep(LONG)

    quick() >> never_ends() >> EmptyOperator(task_id="afterwards")

with zoo("zoo_mark_finished_run"):

    @task
    def fails_once():
        raise RuntimeError("its run gets marked")

    fails_once() >> EmptyOperator(task_id="after_failure")

with zoo("zoo_killed"):

    @task(retries=1)
    def kills_itself(**context):
        if current(context) == 1:
            os.kill(os.getpid(), signal.SIGKILL)

    @task(retries=1)
    def kills_its_supervisor(**context):
        if current(context) == 1:
            os.kill(os.getppid(), signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)

    kills_itself()
    kills_its_supervisor()

with zoo(
    "zoo_quoted",
    tags=['say "hello"', "Grüße", "back\\slash"],
    default_args={"owner": 'Jürgen "JJ" O\'Neil'},
    description='with "quotes", a \\ and\na second line',
):

    @task(task_id="zähler")
    def counts():
        pass

    counts()

with zoo("zoo_scheduled", schedule="* * * * *", tags=["clockwork"], max_active_runs=1):

    @task(**AT_ONCE)
    def ticks():
        pass

    ticks()

with zoo("zoo_paused", schedule="0 6 * * 1", tags=["sleeping"]):

    @task
    def rests():
        pass

    rests()

with zoo("zoo_interval", schedule=timedelta(days=1, hours=6)):

    @task
    def rests_too():
        pass

    rests_too()
