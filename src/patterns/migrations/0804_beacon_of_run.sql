-- What a worker told of a run: a failure that is explained later is not counted a second time.
CREATE INDEX error_report_of_run ON error_report (airflow, dag_id, task_id, run_id) WHERE source = 'beacon';
