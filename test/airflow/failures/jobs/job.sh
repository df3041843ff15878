#!/bin/bash
# The jobs of the shell tasks: job.sh STEP NOUN [ARGUMENT]. Steps are numbers, so that a command line does not tell the cause.
# HEALTHY: do the same work without the failure. PREAMBLE: a file whose lines are said first.
here=$(cd "$(dirname "$0")" && pwd)
step=$1 noun=$2 argument=${3:-}
export AIRFLOW_JOB_NOUN=$noun

say() { printf '%s\n' "$*"; }
say "job $noun: started step $step"
if [ -n "${PREAMBLE:-}" ]; then tr '\036' '\n' <"$PREAMBLE" | sed 's/^[EWIP]|//'; say; fi
say "job $noun: workspace is ready"
if [ -n "${HEALTHY:-}" ]; then
  for part in 1 2 3; do say "job $noun: part $part of 3 done, $((part * 1417)) rows"; done
  say "job $noun: finished"
  exit 0
fi

# What programs print that cannot be run here, word for word but for the names: out/STEP.txt, whose first line is the exit code.
if [ -f "$here/out/$step.txt" ]; then
  tail -n +2 "$here/out/$step.txt" | sed "s/NOUN/$noun/g"
  exit "$(head -n 1 "$here/out/$step.txt")"
fi

case $step in
  11) kestrel-ingest --source "$noun" --day 2025-01-01 ;;
  12) printf 'echo hello\n' >"$here/$noun.run"; chmod 644 "$here/$noun.run"; "$here/$noun.run" ;;
  13) curl --silent --show-error --fail --max-time 20 "https://$noun.invalid/v2/items" ;;
  14) curl --silent --show-error --fail --max-time 20 "http://127.0.0.1:$argument/v2/items" ;;
  15) python3 "$here/src/stock.py" "$noun" ;;
  16) # What a memory watcher does on a machine without control groups: who takes too much is killed.
    python3 "$here/src/frames.py" "$noun" &
    child=$!
    wait "$child"
    code=$?
    say "job $noun: worker process ended with code $code"
    exit $code ;;
  17) say "job $noun: merging 48 partitions"; bash -c 'kill -KILL $$'; exit $? ;;
  18) say "job $noun: compressing images"; bash -c 'kill -SEGV $$'; exit $? ;;
  19) head -c 6000000 /dev/zero | cat >"$argument/$noun.dump" && say "job $noun: dump written" ;;
  20) exit 1 ;;
  21) say "job $noun: 1417 rows read"; say "job $noun: 1417 rows checked"; exit 4 ;;
  22) set -u; say "job $noun: window is $WINDOW_START to now" ;;
  23) for try in $(seq 1 300); do say "job $noun: still waiting, $try"; sleep 1; done ;;
  24) PGPASSWORD=x psql --no-psqlrc "postgresql://clerk@127.0.0.1:$argument/warehouse" -c "SELECT count(*) FROM ${noun}_orders" ;;
  25 | 26 | 27 | 28)
    folder=$(mktemp -d)
    cp -r "$here/dbt/." "$folder"
    cd "$folder" && mv "models/step$step" "models/$noun" && rm -rf models/step* && sed -i "s/NOUN/$noun/g" models/"$noun"/* ./*.yml
    for file in models/"$noun"/*NOUN*; do mv "$file" "${file/NOUN/$noun}"; done
    export DBT_PORT=$argument
    [ "$step" != 28 ] || export DBT_PORT=1
    "$KESTREL_DBT" --no-send-anonymous-usage-stats --no-use-colors --no-version-check build --profiles-dir . --project-dir . --log-path logs
    code=$?
    rm -rf "$folder"
    exit $code ;;
  29) java -Xmx24m -cp "$here/classes" io.kestrel.ledger.Main "$noun" heap ;;
  30) java -Xmx64m -cp "$here/classes" io.kestrel.ledger.Main "$noun" connect "$argument" ;;
  31) java -Xmx64m -cp "$here/classes" io.kestrel.ledger.Main "$noun" parse ;;
  32) openssl s_client -connect "127.0.0.1:$argument" -verify_return_error -brief </dev/null ;;
  33) python3 "$here/src/upload.py" "$noun" ;;
  *) say "job $noun: no such step: $step" >&2; exit 64 ;;
esac
