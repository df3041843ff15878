"""Builds the DAGs of failing tasks from cases.json, which the collector writes: names, parameters and what is said beforehand."""

from __future__ import annotations

import json
import logging
import os
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path

try:
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.providers.standard.operators.python import PythonOperator
    from airflow.sdk import DAG
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.operators.bash import BashOperator
    from airflow.operators.python import PythonOperator

HOME = Path(os.environ["AIRFLOW_HOME"])
HEALTHY = "{{ dag_run.conf.get('healthy', '') }}"
log = logging.getLogger("airflow.task")
builders = {}


def builds(kind: str):
    """Registers a function that makes an operator of a case. Names of functions stay neutral: they show in tracebacks."""

    def keep(function):
        builders[kind] = function
        return function

    return keep


def runs(kind: str, **settings):
    """Registers a function as the body of a PythonOperator."""

    def keep(function):
        def build(case, common):
            parameters = {"noun": case["noun"], "healthy": HEALTHY, **case["params"]}
            return PythonOperator(python_callable=function, op_kwargs=parameters, **settings, **common)

        builders[kind] = build
        return function

    return keep


def shell(case, common, **settings):
    """A BashOperator that runs one step of jobs/job.sh."""
    env = {"HEALTHY": HEALTHY, "PREAMBLE": str(HOME / "preambles" / case["key"]) if case["preamble"] else ""}
    command = f"bash {HOME}/jobs/job.sh {case['step']} {case['noun']} {case['params'].get('argument', '')}".strip()
    return BashOperator(bash_command=command, env=env, append_env=True, **settings, **common)


def say_preamble(case) -> None:
    """Lines that other parts of a program would have written before it fails."""
    for line in (HOME / "preambles" / case["key"]).read_text(encoding="utf-8").split("\x1e"):
        level, _, text = line.partition("|")
        if level == "P":
            print(text)
        else:
            log.log({"E": logging.ERROR, "W": logging.WARNING, "I": logging.INFO}[level], "%s", text)


def make_dags(file: str, namespace: dict) -> None:
    by_dag = defaultdict(list)
    for case in json.loads((HOME / "cases.json").read_text(encoding="utf-8")):
        if case["file"] == file:
            by_dag[case["dag"]].append(case)
    for dag_id, cases in by_dag.items():
        start = datetime(2025, 1, 1, tzinfo=timezone.utc)
        with DAG(dag_id, schedule=None, start_date=start, catchup=False, max_active_tasks=16, max_active_runs=1) as dag:
            for case in cases:
                common = {"task_id": case["task"], "retries": case["retries"], "retry_delay": timedelta(seconds=1)}
                is_shell = case["step"] is not None
                if case["preamble"] and not is_shell:
                    common["pre_execute"] = lambda context, case=case: say_preamble(case)
                builder = builders.get(case["type"], shell if is_shell else None)
                builder(case, common)
        namespace[dag_id] = dag
