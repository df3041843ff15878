-- What Airflow's own tables say about every attempt that ended, one row per (dag, run, task, map index, try).
-- A row of task_instance wins over one of the history for the same try: the history also holds what a clear closed early.
-- Times are cut to milliseconds, the resolution of every JavaScript client; durations are Airflow's own column.
WITH rows AS (
  SELECT 1 AS rank, dag_id, run_id, task_id, map_index, try_number, state, max_tries, start_date, end_date, duration, queued_dttm, queue, updated_at
  FROM task_instance
  UNION ALL
  SELECT 2, dag_id, run_id, task_id, map_index, try_number, state, max_tries, start_date, end_date, duration, queued_dttm, queue, updated_at
  FROM task_instance_history
)
SELECT DISTINCT ON (dag_id, run_id, task_id, map_index, try_number)
  dag_id AS dag, run_id AS run, task_id AS task, map_index::int AS "mapIndex", try_number::int AS "tryNumber",
  CASE
    WHEN state = 'success' THEN 'success'
    WHEN rank = 1 AND state = 'failed' THEN 'failure'
    WHEN rank = 1 THEN 'retry'
    -- A closed try that failed was tried again by itself if Airflow still owed it one,
    WHEN try_number <= max_tries THEN 'retry'
    -- or because a person cleared it while it ran: its row was last written before the end that the clear gave it;
    WHEN updated_at < end_date THEN 'retry'
    -- else it was final, and a person cleared it afterwards.
    ELSE 'failure'
  END AS outcome,
  extract(epoch FROM date_trunc('milliseconds', start_date))::float8 AS start,
  extract(epoch FROM date_trunc('milliseconds', end_date))::float8 AS "end",
  duration::float8 AS duration,
  extract(epoch FROM date_trunc('milliseconds', queued_dttm))::float8 AS queued,
  queue
FROM rows
WHERE try_number > 0 AND (state IN ('success', 'failed') OR (rank = 1 AND state = 'up_for_retry'))
ORDER BY dag_id, run_id, task_id, map_index, try_number, rank
