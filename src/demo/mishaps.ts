import { operatorLine, ownLine, type Frame, type Mishap, type Raised } from './log-line.ts';
import type { TryEvent } from './try-event.ts';

const library = (path: string, line: number, name: string, code: string): Frame => ({
  line,
  name,
  code,
  file: `/home/airflow/.local/lib/python3.12/site-packages/${path}`,
});
const shop = (path: string, line: number, name: string, code: string): Frame => ({
  line,
  name,
  code,
  file: `/opt/airflow/dags/shop/${path}`,
});
const raised = (type: string, value: string, ...frames: Frame[]): Raised => ({ type, value, frames });

export type Make = (event: TryEvent) => Mishap;
const simply = (...chain: Raised[]): Mishap => ({ lines: [], raised: chain, explicit: true });

const refused =
  'connection to server at "warehouse.shop.example" (10.20.0.14), port 5432 failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?\n';

/** The warehouse is down: the cause that everything shares in a surge. */
export const warehouseDown: Make = () =>
  simply(
    raised(
      'sqlalchemy.exc.OperationalError',
      `(psycopg2.OperationalError) ${refused}(Background on this error at: https://sqlalche.me/e/20/e3q8)`,
      shop('warehouse.py', 27, 'connect', 'connection = engine.connect()'),
      library('sqlalchemy/engine/base.py', 3285, 'connect', 'return self._connection_cls(self)'),
      library('sqlalchemy/engine/default.py', 625, 'connect', 'return self.loaded_dbapi.connect(*cargs, **cparams)'),
    ),
    raised(
      'psycopg2.OperationalError',
      refused,
      library('psycopg2/__init__.py', 122, 'connect', 'conn = _connect(dsn, connection_factory=connection_factory, **kwasync)'),
    ),
  );

export const missingColumn: Make = ({ task }) => ({
  lines: [ownLine("columns: ['order_id', 'client_id', 'total', 'currency', 'ordered_at']", 'info', 46)],
  explicit: false,
  raised: [
    raised(
      'KeyError',
      "'customer_id'",
      shop('pipeline.py', 48, task.taskId, "grouped = orders.groupby('customer_id')['total'].sum()"),
      library('pandas/core/frame.py', 9183, 'groupby', 'return DataFrameGroupBy('),
      library('pandas/core/groupby/grouper.py', 1043, 'get_grouper', 'raise KeyError(gpr)'),
    ),
  ],
});

export const accessDenied: Make = ({ dagId, task }) =>
  simply(
    raised(
      'shop.errors.LoadError',
      `cannot write the result of ${task.taskId}`,
      shop('lake.py', 73, 'write', "raise LoadError(f'cannot write the result of {name}') from error"),
    ),
    raised(
      'botocore.exceptions.ClientError',
      `An error occurred (AccessDenied) when calling the PutObject operation: User: arn:aws:sts::123456789012:assumed-role/airflow-worker/session is not authorized to perform: s3:PutObject on resource: "arn:aws:s3:::lake/${dagId}/part-0000.parquet"`,
      shop('lake.py', 70, 'write', 'client.put_object(Bucket=bucket, Key=key, Body=body)'),
      library('botocore/client.py', 1023, '_make_api_call', 'raise error_class(parsed_response, operation_name)'),
    ),
  );

export const diskFull: Make = () =>
  simply(
    raised(
      'OSError',
      '[Errno 28] No space left on device',
      shop('pipeline.py', 58, 'spill', 'shutil.copyfileobj(source, target)'),
      library('shutil.py', 204, 'copyfileobj', 'fdst_write(buf)'),
    ),
  );

export const timedOut: Make = ({ pid }) => ({
  lines: [operatorLine(`Process timed out, PID: ${pid}`, 'timeout.py', 68, 'error')],
  explicit: true,
  raised: [
    raised(
      'airflow.exceptions.AirflowTaskTimeout',
      `Timeout, PID: ${pid}`,
      shop('pipeline.py', 44, 'read', 'rows = list(reader)'),
      library('airflow/utils/timeout.py', 69, 'handle_timeout', 'raise AirflowTaskTimeout(self.error_message)'),
    ),
  ],
});

export const missingConnection: Make = () =>
  simply(
    raised(
      'airflow.exceptions.AirflowNotFoundException',
      "The conn_id `lake_writer` isn't defined",
      shop('lake.py', 31, 'credentials', "connection = BaseHook.get_connection('lake_writer')"),
      library('airflow/hooks/base.py', 64, 'get_connection', 'conn = Connection.get_connection_from_secrets(conn_id)'),
    ),
  );

/** No exception: the kernel ended the process for its memory. */
export const killed: Make = () => ({
  lines: [ownLine('joining 2 frames of 41,803,112 and 9,114,870 rows in memory', 'info', 55)],
  raised: [],
  explicit: true,
});

export const unavailable: Make = () => ({
  lines: [
    operatorLine('HTTP error: Service Unavailable', 'http.py', 238, 'error'),
    operatorLine('upstream connect error or disconnect/reset before headers', 'http.py', 239, 'error'),
  ],
  explicit: false,
  raised: [
    raised(
      'airflow.exceptions.AirflowException',
      '503:Service Unavailable',
      library(
        'airflow/providers/http/hooks/http.py',
        240,
        'check_response',
        'raise AirflowException(str(response.status_code) + ":" + response.reason)',
      ),
    ),
    raised(
      'requests.exceptions.HTTPError',
      '503 Server Error: Service Unavailable for url: https://partner.example/v2/items?page=3',
      library('airflow/providers/http/hooks/http.py', 236, 'check_response', 'response.raise_for_status()'),
      library('requests/models.py', 1026, 'raise_for_status', 'raise HTTPError(http_error_msg, response=self)'),
    ),
  ],
});

export const checkFailed: Make = () =>
  simply(
    raised(
      'airflow.exceptions.AirflowException',
      'Test failed.\nQuery:\nselect count(*) > 0, sum(total) >= 0 from mart.orders\nResults:\n(False, None)',
      library(
        'airflow/providers/common/sql/operators/sql.py',
        778,
        'execute',
        'self._raise_exception(f"Test failed.\\nQuery:\\n{self.sql}\\nResults:\\n{records!s}")',
      ),
    ),
  );

export const deadlock: Make = () =>
  simply(
    raised(
      'psycopg2.errors.DeadlockDetected',
      'deadlock detected\nDETAIL:  Process 4711 waits for ShareLock on transaction 90210; blocked by process 4712.\nHINT:  See server log for query details.\n',
      library('airflow/providers/common/sql/hooks/sql.py', 792, '_run_command', 'cur.execute(sql_statement)'),
    ),
  );

export const commandFailed: Make = ({ task }) => ({
  lines: [
    operatorLine('Running with dbt=1.9.1', 'subprocess.py', 93),
    operatorLine(`Database Error in model ${task.taskId} (models/marts/${task.taskId}.sql)`, 'subprocess.py', 93),
    operatorLine('  column "order_total" does not exist', 'subprocess.py', 93),
    operatorLine('  LINE 14:     sum(order_total) as revenue,', 'subprocess.py', 93),
    operatorLine('Done. PASS=0 WARN=0 ERROR=1 SKIP=0 TOTAL=1', 'subprocess.py', 93),
    operatorLine('Command exited with return code 1', 'subprocess.py', 97),
  ],
  explicit: true,
  raised: [
    raised(
      'airflow.exceptions.AirflowException',
      'Bash command failed. The command returned a non-zero exit code 1.',
      library('airflow/providers/standard/operators/bash.py', 227, 'execute', 'raise AirflowException('),
    ),
  ],
});

export const mailTimeout: Make = () =>
  simply(
    raised(
      'TimeoutError',
      '[Errno 110] Connection timed out',
      library(
        'airflow/utils/email.py',
        287,
        'send_mime_email',
        'smtp_conn = _get_smtp_connection(smtp_host, smtp_port, smtp_timeout, smtp_ssl)',
      ),
      library('smtplib.py', 312, '_get_socket', 'return socket.create_connection((host, port), timeout, self.source_address)'),
    ),
  );
