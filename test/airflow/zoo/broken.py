"""A DAG file that cannot be imported: Airflow must report it as an import error."""

import a_module_that_nobody_has_written  # noqa: F401
