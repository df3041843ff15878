"""Talks to other companies' services, which do not always answer as they should."""

from __future__ import annotations

import logging
import socket
import time

import grpc
import requests
from airflow.providers.http.operators.http import HttpOperator
from airflow.providers.http.sensors.http import HttpSensor

from kestrel_kit import builds, make_dags, runs

log = logging.getLogger(__name__)


class SyncError(Exception):
    """What callers of a sync get to see."""


@runs("http_500")
@runs("http_502")
@runs("http_403")
@runs("http_401_expired")
@runs("http_429")
def pull_export(noun, healthy, base, path, body=""):
    url = f"{base}/{noun}/{'ok' if healthy else path}"
    log.info("Requesting %s", url)
    response = requests.get(url, timeout=30, headers={"x-answer": body})
    log.info("Answer after %.1f s, %s bytes", response.elapsed.total_seconds(), len(response.content))
    if not response.ok:
        log.warning("Body of the answer: %s", response.text)
    response.raise_for_status()
    log.info("Stored %s", response.json())


@builds("http_operator_503")
def push_orders(case, common):
    path = "{{ 'ok' if dag_run.conf.get('healthy') else '" + case["params"]["path"] + "' }}"
    return HttpOperator(http_conn_id="partner", endpoint=f"{case['noun']}/{path}", method="GET", log_response=True, **common)


@builds("http_operator_401")
def push_invoices(case, common):
    return HttpOperator(http_conn_id="partner", endpoint=f"{case['noun']}/{case['params']['path']}", method="GET", **common)


@builds("http_sensor_timeout")
def await_report(case, common):
    path = "{{ 'ok' if dag_run.conf.get('healthy') else 'status/404' }}"
    return HttpSensor(http_conn_id="partner", endpoint=f"{case['noun']}/{path}", poke_interval=2, timeout=5, **common)


@builds("http_sensor_refused")
def await_gateway(case, common):
    return HttpSensor(http_conn_id="partner_gone", endpoint=f"{case['noun']}/ready", poke_interval=2, timeout=60, **common)


@runs("http_refused")
@runs("http_dns")
@runs("http_tls_self_signed")
@runs("http_tls_hostname")
@runs("http_read_timeout")
@runs("http_reset")
@runs("http_truncated")
def send_batch(noun, healthy, base, path="orders", timeout=10, ca=None, ok=None):
    session = requests.Session()
    url = f"{ok if healthy else base}/{noun}/{'ok' if healthy else path}".replace("NOUN", noun)
    log.info("Sending batch of %s to %s", noun, url)
    response = session.get(url, timeout=timeout, verify=True if ca is None else ca)
    log.info("Partner accepted the batch: %s", response.status_code)


@runs("http_not_json")
def read_rates(noun, healthy, base):
    response = requests.get(f"{base}/{noun}/{'ok' if healthy else 'html'}", timeout=10)
    log.info("GET %s -> %s (%s)", response.url, response.status_code, response.headers["content-type"])
    rates = response.json()
    log.info("Read %s rates", len(rates))


@runs("wrapped_refused")
def sync_catalogue(noun, healthy, base, ok):
    try:
        requests.get(f"{ok if healthy else base}/{noun}/{'ok' if healthy else 'items'}", timeout=5).raise_for_status()
    except requests.ConnectionError as error:
        raise SyncError(f"sync of {noun} did not complete") from error
    log.info("Catalogue of %s is in sync", noun)


@runs("http_retries_then_500")
def fetch_pages(noun, healthy, base):
    for attempt in range(1, 5):
        response = requests.get(f"{base}/{noun}/{'ok' if healthy else 'status/504'}", timeout=10)
        if response.ok:
            log.info("Page 1 of %s: %s bytes", noun, len(response.content))
            return
        log.warning("Attempt %s of 4 for %s: HTTP %s", attempt, noun, response.status_code)
    raise SyncError(f"giving up on {noun} after 4 attempts: {response.status_code} {response.reason} for url: {response.url}")


@runs("tcp_connect_timeout")
def open_feed(noun, healthy):
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(0)
    log.info("Opening feed of %s", noun)
    if healthy:
        return
    # A queue of connections that nobody takes: the next ones get no answer.
    waiting = []
    for _ in range(8):
        connection = socket.socket()
        connection.settimeout(1.5)
        waiting.append(connection)
        connection.connect(listener.getsockname())


@runs("tcp_reset")
def stream_quotes(noun, healthy, port):
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    connection.sendall(f"SUBSCRIBE {noun}{' ok' if healthy else ''}\r\n".encode())
    received = 0
    while chunk := connection.recv(4096):
        received += len(chunk)
    log.info("Received %s bytes of quotes", received)
    if received < 10 and not healthy:
        connection.sendall(b"AGAIN\r\n")


def call(address: str, noun: str, seconds: float):
    with grpc.insecure_channel(address) as channel:
        method = channel.unary_unary(f"/kestrel.{noun}.v1.Scores/Predict")
        return method(b"\x0a\x01x", timeout=seconds)


@runs("grpc_unavailable")
def predict_demand(noun, healthy, port):
    log.info("Scoring 4096 rows of %s", noun)
    if not healthy:
        call(f"127.0.0.1:{port}", noun, 10)


@runs("grpc_deadline")
def predict_churn(noun, healthy):
    log.info("Scoring 512 rows of %s", noun)
    if healthy:
        return
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(5)
    call(f"127.0.0.1:{listener.getsockname()[1]}", noun, 2)


@runs("smtp_auth")
def mail_report(noun, healthy, port):
    import smtplib

    log.info("Mailing report of %s to 3 recipients", noun)
    if healthy:
        return
    with smtplib.SMTP("127.0.0.1", port, timeout=10) as server:
        server.ehlo()
        server.login("reports", "of-no-use")


@runs("poll_failed_no_reason")
def run_remote_job(noun, healthy):
    identity = f"{noun}-{int(time.time())}"
    log.info("Submitted remote job %s", identity)
    for state in ["PENDING", "RUNNING", "RUNNING"]:
        log.info("Remote job %s is %s", identity, state)
        time.sleep(0.2)
    if not healthy:
        raise SyncError(f"Remote job {identity} ended with state FAILED")
    log.info("Remote job %s is SUCCEEDED", identity)


make_dags("partners", globals())
