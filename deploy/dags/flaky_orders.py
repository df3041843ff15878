"""A DAG that goes wrong now and then, so that there is something to see: Windsock's demonstration in docker-compose.yml."""

import random
import time
from datetime import datetime, timedelta

from airflow.sdk import DAG, task

with DAG(
    dag_id="flaky_orders",
    schedule=timedelta(minutes=2),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={"owner": "sales", "retries": 1, "retry_delay": timedelta(seconds=20)},
    tags=["demonstration", "orders"],
) as dag:

    @task
    def read_orders() -> int:
        """Takes a few seconds, and one time in ten much longer."""
        time.sleep(random.uniform(4, 6) * (8 if random.random() < 0.1 else 1))
        return random.randint(900, 1100)

    @task
    def check_orders(count: int) -> int:
        """Fails one time in four, and then mostly the retry helps."""
        if random.random() < 0.25:
            raise ConnectionError("could not connect to orders-db.shop.example:5432: connection timed out")
        print(f"{count} orders checked")
        return count

    @task(retries=0)
    def publish_orders(count: int) -> None:
        """Fails one time in five for good: what comes after it does not run."""
        if random.random() < 0.2:
            raise KeyError("order_total")
        time.sleep(2)
        print(f"{count} orders published")

    @task
    def tell_shops() -> None:
        print("shops told")

    publish_orders(check_orders(read_orders())) >> tell_shops()
