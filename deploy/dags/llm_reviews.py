"""Asks a language model about reviews, and posts to Windsock how long that took, what failed and how many tokens it used.

docs/LLM_PIPELINES.md explains it; deploy/compose/windsock.yml has the thresholds.
"""

import json
import logging
import random
import time
import urllib.request
from datetime import datetime, timedelta

from airflow.sdk import DAG, Connection, get_current_context, task

MODEL = "summary-small"
log = logging.getLogger(__name__)


def ask(prompt: str, slow: bool) -> tuple[str, int]:
    """Stands in for the client of your provider: an answer, and the tokens that it used. Fails one time in fifty."""
    time.sleep(random.uniform(3, 6) if slow else random.lognormvariate(-1, 0.5))
    if random.random() < 0.02:
        raise TimeoutError("the model did not answer in time")
    return prompt[:20], 400 + random.randint(0, 200)


def post_to_windsock(values: list[dict]) -> None:
    """Posts values under the connection `windsock`. A Windsock that is away fails no task."""
    windsock = Connection.get("windsock")
    request = urllib.request.Request(
        f"{windsock.conn_type}://{windsock.host}:{windsock.port}/api/v1/metrics",
        data=json.dumps(values).encode(),
        headers={"content-type": "application/json", "authorization": f"Bearer {windsock.password}"},
    )
    try:
        urllib.request.urlopen(request, timeout=5).close()
    except OSError as error:
        log.warning("windsock took no values: %s", error)


class Calls:
    """What the calls of one task came to: `with Calls(...) as calls`, then `calls.ask(...)`."""

    def __init__(self, model: str):
        running = get_current_context()["ti"]
        self.labels = {"model": model, "dag_id": running.dag_id, "task_id": running.task_id}
        self.seconds: list[tuple[float, float]] = []
        self.errors = 0
        self.tokens = 0

    def __enter__(self) -> "Calls":
        return self

    def ask(self, prompt: str, slow: bool = False) -> str | None:
        began = time.monotonic()
        try:
            answer, tokens = ask(prompt, slow)
            self.tokens += tokens
            return answer
        except TimeoutError:
            self.errors += 1
            return None
        finally:
            self.seconds.append((time.time(), time.monotonic() - began))

    def __exit__(self, *_) -> None:
        def value(name: str, amount: float, **more) -> dict:
            return {"name": name, "labels": self.labels, "value": amount, **more}

        # Each call by its own time; all else once a task, as sums.
        latencies = [value("llm_request_seconds", took, timestamp=at) for at, took in self.seconds]
        sums = [("llm_requests", len(self.seconds)), ("llm_errors", self.errors), ("llm_tokens", self.tokens)]
        post_to_windsock(latencies[-900:] + [value(name, amount) for name, amount in sums])


with DAG(
    dag_id="llm_reviews",
    schedule=timedelta(minutes=3),
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={"owner": "research"},
    tags=["demonstration", "llm"],
) as dag:

    @task
    def summarise() -> int:
        """Ten reviews; one run in eight meets a slow model."""
        slow = random.random() < 0.125
        with Calls(MODEL) as calls:
            answers = [calls.ask(f"Summarise review {number} in a sentence.", slow) for number in range(10)]
        return sum(answer is not None for answer in answers)

    summarise()
