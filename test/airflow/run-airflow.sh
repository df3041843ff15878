#!/bin/sh
# Runs one real Airflow on loopback until it is told to stop: scheduler, triggerer, REST (and on 3.x the DAG processor).
#
#   run-airflow.sh VENV HOME DATABASE_URL PORT
#
#   VENV          virtual environment holding the release
#   HOME          an existing folder: dags/ are read from it, logs go to it (one file per component in HOME/out)
#   DATABASE_URL  postgresql://… of an empty database, which is migrated first
#   PORT          where REST listens; user admin, password admin (2.x), any caller (3.x)
#
# Prints "ready to serve" when the components are started (not when they answer). It ends when one component ends.
# Intervals are set as short as Airflow allows, so that a test does not wait for things Airflow waits for by default.
set -eu

[ $# -eq 4 ] || { echo 'usage: run-airflow.sh VENV HOME DATABASE_URL PORT' >&2; exit 64; }
venv=$1 home=$2 database=$3 port=$4
major=$("$venv/bin/python" -c 'import importlib.metadata as m; print(m.version("apache-airflow").split(".")[0])')

export PATH="$venv/bin:$PATH"
export PYTHONUNBUFFERED=1 PYTHONWARNINGS=ignore
export AIRFLOW_HOME="$home"
export AIRFLOW__CORE__DAGS_FOLDER="$home/dags"
export AIRFLOW__CORE__LOAD_EXAMPLES=False
export AIRFLOW__CORE__EXECUTOR=LocalExecutor
export AIRFLOW__CORE__PARALLELISM=${ZOO_PARALLELISM:-8}
export AIRFLOW__CORE__FERNET_KEY=
export AIRFLOW__CORE__UNIT_TEST_MODE=False
export AIRFLOW__CORE__DAGS_ARE_PAUSED_AT_CREATION=True
export AIRFLOW__CORE__KILLED_TASK_CLEANUP_TIME=2
export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN="postgresql+psycopg2://${database#*://}"
export AIRFLOW__DATABASE__LOAD_DEFAULT_CONNECTIONS=False
export AIRFLOW__LOGGING__BASE_LOG_FOLDER="$home/logs"
export AIRFLOW__USAGE_DATA_COLLECTION__ENABLED=False
export AIRFLOW__SCHEDULER__SCHEDULER_HEARTBEAT_SEC=2
export AIRFLOW__SCHEDULER__JOB_HEARTBEAT_SEC=2
export AIRFLOW__SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME=0.3
export AIRFLOW__SCHEDULER__ENABLE_HEALTH_CHECK=False
export AIRFLOW__SCHEDULER__MIN_FILE_PROCESS_INTERVAL=20
export AIRFLOW__SCHEDULER__PARSING_PROCESSES=1
export AIRFLOW__DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL=20
export AIRFLOW__DAG_PROCESSOR__PARSING_PROCESSES=1
export AIRFLOW__DAG_PROCESSOR__REFRESH_INTERVAL=5
export AIRFLOW__TRIGGERER__JOB_HEARTBEAT_SEC=2

if [ "$major" = 2 ]; then
  # A zombie that is found again before its first finding is dealt with fails twice: the second time may hit its next try.
  export AIRFLOW__SCHEDULER__SCHEDULER_ZOMBIE_TASK_THRESHOLD=20
  export AIRFLOW__SCHEDULER__ZOMBIE_DETECTION_INTERVAL=15
  export AIRFLOW__API__AUTH_BACKENDS=airflow.api.auth.backend.basic_auth
  export AIRFLOW__WEBSERVER__WORKERS=1
  export AIRFLOW__WEBSERVER__WEB_SERVER_HOST=127.0.0.1
  export AIRFLOW__WEBSERVER__SECRET_KEY=keeper-of-animals
else
  export AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_SEC=1
  export AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT=20
  export AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL=2
  export AIRFLOW__WORKERS__MIN_HEARTBEAT_INTERVAL=1
  export AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS=True
  export AIRFLOW__CORE__EXECUTION_API_SERVER_URL="http://127.0.0.1:$port/execution/"
  export AIRFLOW__API__BASE_URL="http://127.0.0.1:$port"
  export AIRFLOW__API__SECRET_KEY=keeper-of-animals
  export AIRFLOW__API_AUTH__JWT_SECRET=a-secret-of-the-zoo-that-is-long-enough-for-any-algorithm-of-jwt-in-use-today
fi

mkdir -p "$home/out"
say() { printf 'run-airflow: %s\n' "$*"; }

say "migrating the database"
airflow db migrate >"$home/out/migrate.txt" 2>&1 || { tail -n 30 "$home/out/migrate.txt" >&2; exit 1; }
if [ "$major" = 2 ]; then
  airflow users create --role Admin --username admin --password admin --firstname zoo --lastname keeper \
    --email zoo@example.org >"$home/out/users.txt" 2>&1 || { tail -n 30 "$home/out/users.txt" >&2; exit 1; }
fi
printf '{"zoo_pool": {"slots": 1, "description": "one at a time"}, "hold_pool": {"slots": 2, "description": "two hold"}, "patient_pool": {"slots": 3, "description": "who is deferred keeps his slot", "include_deferred": true}}' >"$home/pools.json"
airflow pools import "$home/pools.json" >"$home/out/pools.txt" 2>&1 || { tail -n 30 "$home/out/pools.txt" >&2; exit 1; }

pids=
start() {
  name=$1; shift
  "$@" >"$home/out/$name.txt" 2>&1 &
  pids="$pids $!"
  say "$name is process $!"
}
stop() { kill $pids 2>/dev/null || true; wait; exit 0; }
trap stop TERM INT

if [ "$major" = 2 ]; then
  start webserver airflow webserver --port "$port" --hostname 127.0.0.1
else
  start api-server airflow api-server --port "$port" --host 127.0.0.1 --workers 1
  start dag-processor airflow dag-processor
fi
start scheduler airflow scheduler --skip-serve-logs
start triggerer airflow triggerer --skip-serve-logs
say "ready to serve"

# All components are needed: the first that ends, ends this script, and says so.
while :; do
  for pid in $pids; do
    kill -0 "$pid" 2>/dev/null || { say "process $pid ended"; kill $pids 2>/dev/null || true; exit 1; }
  done
  sleep 1
done
