"""Prints a DAG as the real Airflow beside this interpreter serialises it: a chain of tasks named like bench/world.ts names them."""

import json
import sys
from datetime import datetime, timedelta

from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization

with DAG("dag_id_here", schedule=timedelta(hours=1), start_date=datetime(2025, 1, 1), catchup=False, tags=["benchmark"]) as dag:
    before = None
    for index in range(int(sys.argv[1])):
        task = EmptyOperator(task_id=f"load_partition_{index}", retries=1)
        if before is not None:
            before >> task
        before = task

print(json.dumps(DagSerialization.to_dict(dag)))
