// Each rule with what it is for, and with something near it that is not. `$ …` is printed by a command (`$137 …` with that exit
// code), `! …` a row of the audit table without a log, all else an exception, with its last call behind `@`.
export type RuleCase = readonly [rule: string, hit: string, miss: string];

/** Resources, limits of time, configuration, programs. */
export const platformCases: readonly RuleCase[] = [
  [
    'container_oom_killed',
    "$ container base: {'exit_code': 137, 'reason': 'OOMKilled'}",
    "$ container base: {'exit_code': 1, 'reason': 'Error'}",
  ],
  ['kernel_oom_killed', '$137 Out of memory: Killed process 4711 (python3)', '$ Killed process watcher started'],
  [
    'yarn_memory_limit',
    '$ ERROR YarnScheduler: Lost executor 3: Container killed by YARN for exceeding physical memory limits.',
    '$ ERROR YarnScheduler: Lost executor 3: worker decommissioned',
  ],
  [
    'spark_result_size',
    '$ ERROR Total size of serialized results of 12 tasks (1.1 GiB) is bigger than spark.driver.maxResultSize (1024.0 MiB)',
    '$ WARN spark.driver.maxResultSize is set to 4g',
  ],
  [
    'jvm_out_of_memory',
    '$ Exception in thread "main" java.lang.OutOfMemoryError: Java heap space',
    '$ java.lang.OutOfMemoryError: unable to create native thread',
  ],
  [
    'python_memory_error',
    'numpy._core._exceptions._ArrayMemoryError: Unable to allocate 12.3 GiB for an array with shape (1, 2)',
    'ValueError: the memory setting is not a number',
  ],
  [
    'program_out_of_memory',
    '$134 FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory',
    '$ error: heap is a reserved word',
  ],
  [
    'query_memory_limit',
    'google.api_core.exceptions.BadRequest: 400 Resources exceeded during query execution: Not enough resources',
    'google.api_core.exceptions.BadRequest: 400 Syntax error: Unexpected keyword',
  ],
  [
    'pod_evicted_disk',
    '$ Message: The node was low on resource: ephemeral-storage. Threshold quantity: 10Gi',
    '$ Message: The node was low on resource: memory.',
  ],
  ['disk_full', "OSError: [Errno 28] No space left on device: '/tmp/part'", "OSError: [Errno 5] Input/output error: '/tmp/part'"],
  [
    'too_many_files',
    "OSError: [Errno 24] Too many open files: '/data/part-9'",
    "OSError: [Errno 5] Input/output error: '/data/part-9'",
  ],
  ['too_many_processes', "RuntimeError: can't start new thread", "RuntimeError: can't start the engine"],
  ['task_heartbeat_lost', '! heartbeat timeout: Task did not emit heartbeat within time limit', '! running: the task began'],
  ['task_heartbeat_failed', '$ ERROR Too many failed heartbeats; terminating process', '$ INFO heartbeat sent, ERROR none'],
  [
    'celery_worker_lost',
    'billiard.exceptions.WorkerLostError: Worker exited prematurely: signal 9 (SIGKILL) Job: 12.',
    'shop.errors.WorkerError: the worker has no name',
  ],
  [
    'client_pool_exhausted',
    'sqlalchemy.exc.TimeoutError: QueuePool limit of size 5 overflow 10 reached, connection timed out, timeout 30.00',
    'TimeoutError: timed out',
  ],
  [
    'server_connections_exhausted',
    'psycopg2.OperationalError: connection to server at "db" failed: FATAL:  sorry, too many clients already',
    'psycopg2.OperationalError: connection to server at "db", port 5432 failed: FATAL:  the database system is starting up',
  ],
  [
    'deadlock',
    '$ ERROR 1213 (40001) at line 12: Deadlock found when trying to get lock; try restarting transaction',
    '$ ERROR 1205 (HY000) at line 12: Lock wait timeout exceeded; try restarting transaction',
  ],
  [
    'write_conflict',
    'io.delta.exceptions.ConcurrentAppendException: Files were added to partition [day=2026-01-01] by a concurrent update',
    'io.delta.exceptions.DeltaAnalysisException: the table has no such version',
  ],
  [
    'pod_unschedulable',
    '$ Warning FailedScheduling 0/12 nodes are available: 12 Insufficient memory.',
    '$ Warning BackOff: container restarts',
  ],
  ['pod_evicted', '$ Message: The node was low on resource: memory. Threshold quantity: 100Mi', '$ Message: The pod has ended'],
  [
    'stuck_in_queue',
    '! stuck in queued reschedule: Task was in queued state for longer than 600 seconds',
    '! queued: the task was queued',
  ],
  [
    'instance_state_changed',
    '$143 WARNING State of this instance has been externally set to failed. Terminating instance.',
    '$ WARNING State of this instance is running',
  ],
  [
    'received_sigterm',
    'airflow.exceptions.AirflowTaskTerminated: Task received SIGTERM signal',
    'airflow.exceptions.AirflowTaskTimeout: Timeout, PID: 71',
  ],
  ['process_killed', '$137 loading', '$2 loading'],
  [
    'process_killed_line',
    '$1 /opt/run.sh: line 24: 19500 Killed                  python load.py',
    '$1 line 24: killed the cache by hand',
  ],
  ['process_terminated', '$143 loading', '$14 loading'],
  [
    'executor_reported_failure',
    '! state mismatch: Executor reported that the task instance finished with state failed',
    '! state changed: running',
  ],
  [
    'database_overloaded',
    '$ ERROR: the server has not enough resources, SQLSTATE: 53400',
    '$ ERROR: the server is not there, SQLSTATE: 53401',
  ],
  [
    'sensor_timeout',
    'airflow.exceptions.AirflowSensorTimeout: Sensor has timed out; run duration of 61 seconds exceeds the specified timeout of 60.',
    'TimeoutError: timed out',
  ],
  [
    'deferral_timeout',
    'airflow.exceptions.TaskDeferralTimeout: Trigger timeout',
    'airflow.exceptions.TaskDeferralError: Trigger failure',
  ],
  ['execution_timeout', 'airflow.exceptions.AirflowTaskTimeout: Timeout, PID: 71', 'TimeoutError: timed out'],
  [
    'subprocess_timeout',
    "subprocess.TimeoutExpired: Command '['dbt', 'run']' timed out after 600 seconds",
    "subprocess.SubprocessError: Command '['dbt', 'run']' was not started",
  ],
  ['exit_timeout', '$124 loading', '$125 loading'],
  [
    'pod_start_timeout',
    'airflow.providers.cncf.kubernetes.utils.pod_manager.PodLaunchTimeoutException: Pod took too long to start. More than 120s.',
    'airflow.exceptions.AirflowException: Pod load-7 was renamed',
  ],
  [
    'statement_timeout',
    'psycopg2.errors.QueryCanceled: canceling statement due to statement timeout',
    'psycopg2.errors.QueryCanceled: canceling statement due to user request',
  ],
  [
    'idle_transaction_timeout',
    'psycopg2.errors.IdleInTransactionSessionTimeout: terminating connection due to idle-in-transaction timeout',
    'psycopg2.OperationalError: terminating connection due to administrator command',
  ],
  ['lock_timeout', 'sqlite3.OperationalError: database is locked', 'sqlite3.OperationalError: disk I/O error'],
  [
    'connection_timeout',
    "requests.exceptions.ConnectTimeout: HTTPSConnectionPool(host='api.shop.example', port=443): Max retries exceeded (Caused by ConnectTimeoutError(connection to api.shop.example timed out. (connect timeout=5)))",
    'requests.exceptions.InvalidURL: Failed to parse: https://',
  ],
  [
    'airflow_connection_missing',
    "airflow.exceptions.AirflowNotFoundException: The conn_id `warehouse` isn't defined",
    'airflow.exceptions.AirflowNotFoundException: the report is not defined',
  ],
  [
    'credentials_not_configured',
    'botocore.exceptions.NoCredentialsError: Unable to locate credentials',
    'botocore.exceptions.ClientError: An error occurred (AccessDenied) when calling the ListBuckets operation: Access Denied',
  ],
  ['airflow_variable_missing', "KeyError: 'Variable batch_size does not exist'", "KeyError: 'batch_size'"],
  [
    'environment_variable_missing',
    "$ Runtime Error: Env var required but not provided: 'DBT_USER'",
    '$ INFO env var DBT_USER is used',
  ],
  [
    'environment_key_missing',
    'KeyError: \'BUCKET\' @ File "<frozen os>", line 685, in __getitem__',
    'KeyError: \'BUCKET\' @ File "/opt/airflow/dags/shop.py", line 20, in load',
  ],
  [
    'python_module_missing',
    "ModuleNotFoundError: No module named 'polars'",
    "ImportError: cannot import name 'scan' from 'polars'",
  ],
  [
    'python_import_failed',
    "ImportError: cannot import name 'scan' from 'polars' (/usr/lib/python3/polars.py)",
    "ModuleNotFoundError: No module named 'polars'",
  ],
  [
    'jvm_class_missing',
    '$ Exception in thread "main" java.lang.ClassNotFoundException: org.postgresql.Driver',
    '$ Exception in thread "main" java.lang.IllegalStateException: no driver is chosen',
  ],
  ['node_module_missing', "$ Error: Cannot find module 'csv-parse'", '$ Error: the module is busy'],
  [
    'dag_not_found',
    "airflow.exceptions.AirflowException: Dag 'shop' could not be found; either it does not exist or it failed to parse.",
    'airflow.exceptions.AirflowException: the shop is closed',
  ],
  [
    'template_error',
    "jinja2.exceptions.UndefinedError: 'dict object' has no attribute 'window'",
    "AttributeError: 'dict' object has no attribute 'window'",
  ],
  [
    'template_file_missing',
    'jinja2.exceptions.TemplateNotFound: sql/load.sql',
    "FileNotFoundError: [Errno 2] No such file or directory: 'sql/load.sql'",
  ],
  ['command_missing', '$127 bash: line 1: spark-submit: command not found', '$1 bash: line 1: the report was not found'],
  [
    'program_of_subprocess_missing',
    'FileNotFoundError: [Errno 2] No such file or directory: \'dbt\' @ File "/usr/lib/python3.12/subprocess.py", line 1950, in _execute_child',
    "FileNotFoundError: [Errno 2] No such file or directory: 'orders.csv'",
  ],
  ['exit_command_missing', '$127 loading', '$12 loading'],
  [
    'image_missing',
    '$ Warning Failed kubelet Failed to pull image "registry.example/etl:7": not found',
    '$ Warning Failed kubelet liveness probe failed',
  ],
  ['pod_config', '$ Error: secret "warehouse-login" not found', '$ Error: the pod has no name'],
  [
    'database_missing',
    'psycopg2.OperationalError: connection to server at "db", port 5432 failed: FATAL:  database "shop" does not exist',
    'psycopg2.errors.UndefinedTable: relation "shop" does not exist',
  ],
  [
    'warehouse_missing',
    'snowflake.connector.errors.ProgrammingError: 000606 (57P03): No active warehouse selected in the current session.',
    "snowflake.connector.errors.ProgrammingError: 002003 (02000): SQL compilation error: Schema 'MART' does not exist or not authorized.",
  ],
  [
    'bucket_missing',
    'botocore.exceptions.ClientError: An error occurred (NoSuchBucket) when calling the PutObject operation: The specified bucket does not exist',
    'botocore.exceptions.ClientError: An error occurred (NoSuchKey) when calling the GetObject operation: The specified key does not exist.',
  ],
  [
    'dbt_node_missing',
    "$ Compilation Error\n  Model 'model.shop.orders' (models/orders.sql) depends on a node named 'stg_orders' which was not found",
    '$ Database Error in model orders\n  column "a" does not exist',
  ],
  ['dbt_project_config', "$ Runtime Error\n  Could not find profile named 'shop'", '$ Runtime Error\n  the run was stopped'],
  [
    'config_file_missing',
    "FileNotFoundError: [Errno 2] No such file or directory: '/opt/app/settings.toml'",
    "FileNotFoundError: [Errno 2] No such file or directory: '/data/in/orders.csv'",
  ],
  [
    'invalid_arguments',
    'botocore.exceptions.ParamValidationError: Parameter validation failed: Invalid bucket name',
    'botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL: "https://s3.example"',
  ],
  [
    'read_only_database',
    'psycopg2.errors.ReadOnlySqlTransaction: cannot execute INSERT in a read-only transaction',
    'psycopg2.errors.InsufficientPrivilege: permission denied for table orders',
  ],
];
