"""Serialises a small DAG as the Airflow that runs this does, for test/fixtures/serialized:

    ~/.cache/windsock/airflow/VERSION/bin/python test/airflow/dump-graph.py test/fixtures/serialized/airflow-VERSION.json
"""

from __future__ import annotations

import json
import sys
from datetime import datetime, timezone, timedelta
try:
    from airflow.sdk import DAG, task, TaskGroup
    from airflow.providers.standard.operators.empty import EmptyOperator
    from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.providers.standard.sensors.external_task import ExternalTaskSensor
except ImportError:
    from airflow import DAG
    from airflow.decorators import task
    from airflow.utils.task_group import TaskGroup
    from airflow.operators.empty import EmptyOperator
    from airflow.operators.trigger_dagrun import TriggerDagRunOperator
    from airflow.sensors.external_task import ExternalTaskSensor

with DAG("graph", schedule="@daily", start_date=datetime(2025, 1, 1, tzinfo=timezone.utc), catchup=False) as dag:
    waits = ExternalTaskSensor(task_id="waits", external_dag_id="other", mode="reschedule")
    @task.branch
    def choose():
        return "left"
    @task(retries=2, retry_delay=timedelta(seconds=5))
    def each(n):
        pass
    with TaskGroup("group"):
        inner = EmptyOperator(task_id="inner")
    left = EmptyOperator(task_id="left")
    calls = TriggerDagRunOperator(task_id="calls", trigger_dag_id="called")
    chosen = choose()
    waits >> chosen >> [left, inner]
    left >> each.expand(n=[1, 2]) >> calls

try:
    from airflow.serialization.serialized_objects import DagSerialization

    data = DagSerialization.to_dict(dag)
except ImportError:
    from airflow.serialization.serialized_objects import SerializedDAG

    data = SerializedDAG.to_dict(dag)
data["dag"]["fileloc"] = "/opt/airflow/dags/graph.py"
with open(sys.argv[1], "w") as file:
    json.dump(data, file, indent=1, sort_keys=True)
    file.write("\n")
