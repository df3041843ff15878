"""A DAG in which nothing goes wrong, beside the flaky one."""

import random
import time
from datetime import datetime, timedelta

from airflow.sdk import DAG, task

with DAG(
    dag_id="steady_stock",
    schedule=timedelta(minutes=5),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={"owner": "logistics", "retries": 2, "retry_delay": timedelta(seconds=20)},
    tags=["demonstration", "stock"],
) as dag:

    @task
    def count_shelf(shelf: str) -> int:
        time.sleep(random.uniform(2, 4))
        return random.randint(10, 60)

    @task
    def add_up(counts: list[int]) -> int:
        time.sleep(1)
        print(f"{sum(counts)} pieces in stock")
        return sum(counts)

    add_up(count_shelf.expand(shelf=["a", "b", "c"]))
