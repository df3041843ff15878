#!/bin/bash
# Before Airflow starts: its volumes belong to its user, its schema is up to date, and `admin` has the password of .env.
set -euo pipefail
python - <<'PYTHON'
import json, os
with open(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"], "w") as file:
    json.dump({"admin": os.environ["AIRFLOW_ADMIN_PASSWORD"]}, file)
PYTHON
chmod 600 "$AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"
chown --recursive 50000:0 /opt/airflow/logs /opt/airflow/auth
exec /entrypoint airflow db migrate
