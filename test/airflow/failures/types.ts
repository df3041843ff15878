// Each type of failure: what its task does is in dags/ and jobs/ (a step of job.sh), what it is called is here.
// The cause is known by construction; `cause` finds the lines that show it in a collected log.
import type { Category, Subcategory, Transient } from './taxonomy.ts';

export type File = 'warehouse' | 'partners' | 'landing' | 'runtime' | 'pricing' | 'jobs' | 'scripts';

export type FailureType = {
  type: string;
  file: File;
  category: Category;
  subcategory: Subcategory | null;
  transient: Transient;
  /** Matches the raw lines that state the cause; null where no line does. */
  cause: RegExp | null;
  step?: number;
  params?: Record<string, string>;
  retries?: number;
  /** The log is thrown away before it is collected, as when a worker's disk goes with it. */
  loseLog?: boolean;
  /** Only this major release of Airflow fails so. */
  major?: number;
};

type Verdict = [Category, Subcategory | null, Transient];
type More = Pick<FailureType, 'params' | 'retries' | 'loseLog' | 'major'>;

const row = (
  file: File,
  type: string,
  [category, subcategory, transient]: Verdict,
  cause: RegExp | null,
  more: More = {},
): FailureType => ({
  type,
  file,
  category,
  subcategory,
  transient,
  cause,
  ...more,
});
const job = (step: number, type: string, verdict: Verdict, cause: RegExp | null, more: More = {}): FailureType => ({
  ...row('jobs', type, verdict, cause, more),
  step,
});

const bug: Verdict = ['unknown', 'user_code_bug', 'no'];
const vague: Verdict = ['unknown', null, 'unclear'];
const refused: Verdict = ['dependency_failure', 'connection_refused', 'yes'];
const dns: Verdict = ['dependency_failure', 'dns', 'unclear'];
const tls: Verdict = ['dependency_failure', 'tls', 'no'];
const lost: Verdict = ['dependency_failure', 'connection_lost', 'yes'];
const http5xx: Verdict = ['dependency_failure', 'http_5xx', 'yes'];
const limited: Verdict = ['dependency_failure', 'rate_limited', 'yes'];
const schema: Verdict = ['data_quality', 'schema_mismatch', 'no'];
const value: Verdict = ['data_quality', 'invalid_value', 'no'];
const format: Verdict = ['data_quality', 'invalid_format', 'unclear'];
const quality: Verdict = ['data_quality', 'quality_check', 'no'];
const imports: Verdict = ['configuration_error', 'import_error', 'no'];
const template: Verdict = ['configuration_error', 'template_error', 'no'];
const expired: Verdict = ['permission_error', 'auth_expired', 'no'];
const authFailed: Verdict = ['permission_error', 'auth_failed', 'no'];
const denied: Verdict = ['permission_error', 'access_denied', 'no'];
const sensor: Verdict = ['timeout_error', 'sensor_timeout', 'unclear'];
const execution: Verdict = ['timeout_error', 'execution_timeout', 'unclear'];
const slowPeer: Verdict = ['timeout_error', 'connection_timeout', 'yes'];
const oom: Verdict = ['resource_error', 'oom', 'no'];
const killed: Verdict = ['resource_error', 'killed', 'unclear'];
const exhausted: Verdict = ['resource_error', 'pool_exhausted', 'yes'];
const deadlock: Verdict = ['resource_error', 'deadlock', 'yes'];
const diskFull: Verdict = ['resource_error', 'disk_full', 'no'];
const heartbeat: Verdict = ['resource_error', 'heartbeat_lost', 'yes'];

const warehouse: FailureType[] = [
  row('warehouse', 'sql_duplicate_key', ['data_quality', 'duplicate_key', 'no'], /duplicate key value violates|Key \(code\)=/),
  row('warehouse', 'sql_null_violation', ['data_quality', 'null_violation', 'no'], /null value in column/),
  row('warehouse', 'sql_missing_column', schema, /column .*rebate.* does not exist/),
  row('warehouse', 'sql_missing_table', ['data_quality', 'table_missing', 'no'], /relation .*staging.* does not exist/),
  row('warehouse', 'sql_statement_timeout', ['timeout_error', 'statement_timeout', 'unclear'], /due to statement timeout/),
  row('warehouse', 'sql_lock_timeout', ['timeout_error', 'lock_timeout', 'yes'], /due to lock timeout/),
  row('warehouse', 'sql_deadlock', deadlock, /deadlock detected/),
  row('warehouse', 'sql_permission', denied, /permission denied for table/),
  row('warehouse', 'sql_wrong_password', authFailed, /password authentication failed/),
  row('warehouse', 'sql_refused', refused, /Connection refused/, { retries: 1 }),
  row('warehouse', 'sql_dns', dns, /could not translate host name|failed to resolve host/),
  row('warehouse', 'sql_tls_required', tls, /does not support SSL/),
  row('warehouse', 'sql_too_many_connections', exhausted, /too many connections/),
  row('warehouse', 'sql_database_missing', ['configuration_error', 'database_missing', 'no'], /database .* does not exist/),
  row('warehouse', 'sql_invalid_value', value, /invalid input syntax for type/),
  row('warehouse', 'sql_value_too_long', value, /value too long for type/),
  row('warehouse', 'sql_foreign_key', ['data_quality', 'foreign_key', 'no'], /violates foreign key constraint/),
  row('warehouse', 'sql_syntax', bug, /syntax error at or near/),
  row('warehouse', 'sql_check', quality, /Test failed/),
  row('warehouse', 'sql_column_check', quality, /have failed|Test.? failed|tests? have failed/i),
  row(
    'warehouse',
    'sql_connection_killed',
    lost,
    /terminating connection due to administrator command|server closed the connection unexpectedly/,
  ),
  row('warehouse', 'sqlalchemy_refused', refused, /Connection refused/),
  row('warehouse', 'sqlalchemy_pool_exhausted', exhausted, /QueuePool limit/),
  row('warehouse', 'sql_handler_fails_too', ['data_quality', 'duplicate_key', 'no'], /duplicate key value violates/),
];

const partners: FailureType[] = [
  row('partners', 'http_500', http5xx, /500 Server Error/, { params: { path: 'status/500' }, retries: 1 }),
  row('partners', 'http_502', http5xx, /502 Server Error/, { params: { path: 'status/502' } }),
  row('partners', 'http_operator_503', http5xx, /Service Unavailable|503 Server Error/, { params: { path: 'status/503' } }),
  row('partners', 'http_401_expired', expired, /token expired|401 Client Error/, { params: { path: 'status/401' } }),
  row('partners', 'http_operator_401', expired, /token expired|401:Unauthorized/i, { params: { path: 'status/401' } }),
  row('partners', 'http_403', denied, /403 Client Error/, { params: { path: 'status/403' } }),
  row('partners', 'http_429', limited, /429 Client Error/, { params: { path: 'status/429' } }),
  row('partners', 'http_sensor_timeout', sensor, /SensorTimeout|timed out|Sensor has timed out/i),
  row('partners', 'http_sensor_refused', refused, /Connection refused/),
  row('partners', 'http_refused', refused, /Connection refused/),
  row('partners', 'http_dns', dns, /Name or service not known|Failed to resolve/),
  row('partners', 'http_tls_self_signed', tls, /certificate verify failed/),
  row('partners', 'http_tls_hostname', tls, /certificate verify failed|certificate is not valid for/),
  row('partners', 'http_read_timeout', slowPeer, /Read timed out/, { params: { path: 'slow' } }),
  row('partners', 'http_reset', lost, /Connection reset by peer|RemoteDisconnected|Connection aborted/, {
    params: { path: 'reset' },
  }),
  row('partners', 'http_truncated', lost, /IncompleteRead/, { params: { path: 'truncated' } }),
  row('partners', 'http_not_json', format, /JSONDecodeError|Expecting value/),
  row('partners', 'http_retries_then_500', http5xx, /giving up on .*504/),
  row('partners', 'wrapped_refused', refused, /Connection refused/),
  row('partners', 'tcp_connect_timeout', slowPeer, /TimeoutError|timed out/),
  row('partners', 'tcp_reset', lost, /Connection reset by peer|ConnectionResetError/),
  row('partners', 'grpc_unavailable', refused, /StatusCode.UNAVAILABLE|failed to connect to all addresses/i),
  row('partners', 'grpc_deadline', slowPeer, /DEADLINE_EXCEEDED|Deadline Exceeded/),
  row('partners', 'smtp_auth', authFailed, /SMTPAuthenticationError/),
  row('partners', 'poll_failed_no_reason', vague, /ended with state FAILED/),
];

const landing: FailureType[] = [
  row('landing', 'file_missing_input', ['data_quality', 'file_missing', 'unclear'], /No such file or directory/),
  row('landing', 'file_sensor_timeout', sensor, /SensorTimeout|Sensor has timed out/i),
  row('landing', 'file_permission', denied, /Permission denied/),
  row('landing', 'disk_full', diskFull, /No space left on device/),
  row('landing', 'disk_full_export', diskFull, /No space left on device/),
  row('landing', 'too_many_files', ['resource_error', 'too_many_files', 'unclear'], /Too many open files/),
  row('landing', 'csv_missing_columns', schema, /columns are missing from the file/),
  row('landing', 'encoding', ['data_quality', 'encoding', 'no'], /UnicodeDecodeError|codec can.t decode/),
  row('landing', 'corrupt_gzip', format, /EOFError|Compressed file ended/),
  row('landing', 'json_decode', format, /JSONDecodeError|Expecting value|Expecting property name/),
  row('landing', 'xml_parse', format, /mismatched tag/),
  row('landing', 'bad_date', value, /does not match format/),
  row('landing', 'bad_number', value, /could not convert string to float/),
  row('landing', 'null_values', ['data_quality', 'null_violation', 'no'], /null values in required column/),
  row('landing', 'row_count_check', quality, /row count check failed/),
  row('landing', 'freshness_check', quality, /data quality check .freshness. failed/),
  row('landing', 'config_file_missing', ['configuration_error', 'config_file_missing', 'no'], /No such file or directory/),
  row(
    'landing',
    'config_yaml',
    ['configuration_error', 'invalid_config', 'no'],
    /while parsing a|expected .,. or|ParserError|ScannerError/,
  ),
];

const runtime: FailureType[] = [
  row('runtime', 'missing_connection', ['configuration_error', 'missing_connection', 'no'], /isn.t defined|CONNECTION_NOT_FOUND/),
  row(
    'runtime',
    'missing_connection_hook',
    ['configuration_error', 'missing_connection', 'no'],
    /isn.t defined|CONNECTION_NOT_FOUND/,
  ),
  row(
    'runtime',
    'missing_variable',
    ['configuration_error', 'missing_variable', 'no'],
    /Variable .* does not exist|VARIABLE_NOT_FOUND/,
  ),
  row('runtime', 'missing_environment_variable', ['configuration_error', 'missing_variable', 'no'], /KeyError/),
  row('runtime', 'template_undefined', template, /UndefinedError|is undefined|has no attribute/),
  row('runtime', 'template_syntax', template, /TemplateSyntaxError|unexpected '\}'/),
  row('scripts', 'template_not_found', template, /TemplateNotFound/),
  row('runtime', 'import_module_missing', imports, /ModuleNotFoundError|No module named/),
  row('runtime', 'import_name_missing', imports, /cannot import name/),
  row('runtime', 'import_circular_version', imports, /requires requests/),
  row('runtime', 'execution_timeout', execution, /AirflowTaskTimeout|Process timed out|Timeout, PID|Task timed out/),
  row('runtime', 'bash_execution_timeout', execution, /AirflowTaskTimeout|Process timed out|Timeout, PID|Task timed out/),
  row('runtime', 'python_sensor_timeout', sensor, /SensorTimeout|Sensor has timed out/i),
  row('runtime', 'memory_error', oom, /MemoryError/),
  row('runtime', 'task_killed', killed, /return code -9|SIGKILL|exit_code..?-9/),
  row('runtime', 'task_terminated', killed, /SIGTERM|return code -15/, { major: 2 }),
  row('runtime', 'task_crashed', ['unknown', null, 'unclear'], /return code -11|SIGSEGV|exit_code..?-11/),
  row('runtime', 'heartbeat_lost', heartbeat, null),
  row(
    'runtime',
    'triggered_dag_failed',
    ['dependency_failure', 'upstream_failed', 'unclear'],
    /failed with failed state|finished with failed state/,
  ),
  row('runtime', 'no_log_killed', vague, null, { loseLog: true, major: 3 }),
  row('runtime', 'no_log_heartbeat', heartbeat, null, { loseLog: true }),
  row('runtime', 'no_log_removed', vague, null, { loseLog: true }),
];

const pricing: FailureType[] = [
  row('pricing', 'bug_key_error', bug, /KeyError/),
  row('pricing', 'bug_type_error', bug, /TypeError|unsupported operand/),
  row('pricing', 'bug_zero_division', bug, /ZeroDivisionError/),
  row('pricing', 'bug_assertion', bug, /AssertionError/),
  row('pricing', 'bug_attribute_error', bug, /AttributeError/),
  row('pricing', 'bug_index_error', bug, /IndexError/),
  row('pricing', 'bug_name_error', bug, /NameError/),
  row('pricing', 'bug_recursion', bug, /RecursionError/),
  row('pricing', 'bug_unpack', bug, /not enough values to unpack/),
  row('pricing', 'bug_not_serialisable', bug, /not JSON serializable|cannot serialize/i),
  row('pricing', 'bug_wrapped', bug, /KeyError/),
  row('pricing', 'vague_exception', vague, /Something went wrong/),
  row('pricing', 'vague_fail', vague, /Task for .* failed/),
  row('pricing', 'vague_foreign', vague, /Vorgang abgebrochen/),
  row('pricing', 'vague_system_exit', vague, /SystemExit|Task exited|exited with/i),
];

const jobs: FailureType[] = [
  job(11, 'bash_command_missing', ['configuration_error', 'command_missing', 'no'], /command not found/),
  job(12, 'bash_not_executable', denied, /Permission denied/),
  job(13, 'bash_curl_dns', dns, /Could not resolve host/),
  job(14, 'bash_curl_refused', refused, /Failed to connect|Connection refused/),
  job(15, 'bash_python_file_missing', ['data_quality', 'file_missing', 'unclear'], /FileNotFoundError/),
  job(16, 'bash_oom_watch', oom, /memory in use 2\d\d MB|ended with code 137|Killed/),
  job(17, 'bash_killed', killed, /Killed|exit code 137/),
  job(18, 'bash_segfault', ['unknown', null, 'unclear'], /Segmentation fault|exit code 139/),
  job(19, 'bash_disk_full', diskFull, /No space left on device/),
  job(20, 'bash_silent_exit', vague, /exit code 1/),
  job(21, 'bash_code_only', vague, /exit code 4/),
  job(22, 'bash_unset_variable', bug, /unbound variable/),
  job(24, 'bash_psql_password', authFailed, /password authentication failed/),
  job(25, 'dbt_test_failed', quality, /Got 1 result, configured to fail|Failure in test/),
  job(26, 'dbt_missing_ref', ['configuration_error', 'invalid_config', 'no'], /which was not found/),
  job(27, 'dbt_missing_column', schema, /column .* does not exist/),
  job(28, 'dbt_refused', refused, /Connection refused/),
  job(29, 'jvm_heap', oom, /OutOfMemoryError/),
  job(30, 'jvm_refused', refused, /ConnectException/),
  job(31, 'jvm_number_format', value, /NumberFormatException/),
  job(32, 'openssl_verify', tls, /verif(y|ication) (error|failed)|certificate verify failed/i),
  job(33, 'bash_wrapped_reset', lost, /Connection reset by peer/),
  job(40, 'spark_path_missing', ['data_quality', 'file_missing', 'unclear'], /PATH_NOT_FOUND/),
  job(41, 'spark_container_killed', oom, /exceeding physical memory limits/),
  job(42, 'spark_metastore_refused', refused, /ConnectException/),
  job(43, 's3_expired_token', expired, /ExpiredToken/),
  job(44, 's3_access_denied', denied, /AccessDenied/),
  job(45, 's3_slow_down', limited, /SlowDown/),
  job(46, 'pod_unschedulable', ['resource_error', 'unschedulable', 'unclear'], /Insufficient memory/),
  job(47, 'pod_image_pull', ['configuration_error', 'image_missing', 'no'], /Failed to pull image|ErrImagePull|ImagePullBackOff/),
  job(48, 'pod_oom_killed', oom, /OOMKilled/),
  job(49, 'ssh_publickey', authFailed, /Permission denied \(publickey\)/),
  job(50, 'go_permission_denied', denied, /code = PermissionDenied/),
  job(51, 'go_quota', limited, /code = ResourceExhausted/),
  job(52, 'bq_no_such_field', schema, /No such field/),
  job(53, 'snowflake_password', authFailed, /Incorrect username or password/),
  job(54, 'mongo_timeout', slowPeer, /ServerSelectionTimeoutError/),
  job(55, 'node_package_missing', imports, /Cannot find package|ERR_MODULE_NOT_FOUND/),
  job(56, 'oracle_tablespace', diskFull, /ORA-01653/),
  job(57, 'mysql_deadlock', deadlock, /Deadlock found/),
  job(58, 'mysql_access_denied', authFailed, /Access denied for user/),
  job(59, 'vendor_vague', vague, /exit code 6/),
  job(60, 'expectation_failed', quality, /values unexpected|expectations did not pass/),
  job(61, 'kafka_tls', tls, /certificate verify failed/),
  job(62, 'pip_no_version', imports, /No matching distribution|Could not find a version/),
];

/** A shell job that is waited for too long, in the runtime file for its operator's settings. */
const patched = runtime.map((one) => (one.type === 'bash_execution_timeout' ? { ...one, step: 23 } : one));

/** Later additions stand last: names go by the place in the list. */
const added: FailureType[] = [
  // Airflow 2 learns of a killed task by its missing heartbeat, and writes that down; Airflow 3 writes nothing (no_log_killed).
  row('runtime', 'no_log_killed_seen', heartbeat, null, { loseLog: true, major: 2 }),
];

export const TYPES: readonly FailureType[] = [...warehouse, ...partners, ...landing, ...patched, ...pricing, ...jobs, ...added];
