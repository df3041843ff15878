import type { RuleCase } from './cases-of-platform.ts';

/** Permissions, services, networks, data, bugs. */
export const peerCases: readonly RuleCase[] = [
  [
    'database_login_failed',
    'psycopg2.OperationalError: connection to server at "db", port 5432 failed: FATAL:  password authentication failed for user "etl"',
    'psycopg2.OperationalError: connection to server at "db", port 5432 failed: Connection refused',
  ],
  [
    'cloud_credentials_refused',
    'botocore.exceptions.ClientError: An error occurred (SignatureDoesNotMatch) when calling the PutObject operation',
    'botocore.exceptions.ClientError: An error occurred (SlowDown) when calling the PutObject operation',
  ],
  [
    'login_refused',
    "smtplib.SMTPAuthenticationError: (535, b'5.7.8 authentication failed')",
    'smtplib.SMTPServerDisconnected: Connection unexpectedly closed',
  ],
  [
    'database_permission_denied',
    'psycopg2.errors.InsufficientPrivilege: permission denied for table orders',
    'psycopg2.errors.UndefinedTable: relation "orders" does not exist',
  ],
  [
    'cloud_access_denied',
    '$ An error occurred (AccessDenied) when calling the PutObject operation: User: arn:aws:iam::1:role/etl is not authorized to perform: s3:PutObject',
    '$ An error occurred (SlowDown) when calling the PutObject operation: Please reduce your request rate.',
  ],
  [
    'file_permission_denied',
    "PermissionError: [Errno 13] Permission denied: '/data/out/report.csv'",
    "FileNotFoundError: [Errno 2] No such file or directory: '/data/out/report.csv'",
  ],
  [
    'rate_limited',
    'requests.exceptions.HTTPError: 429 Client Error: Too Many Requests for url: https://api.shop.example/v1',
    'requests.exceptions.HTTPError: 404 Client Error: Not Found for url: https://api.shop.example/v1',
  ],
  [
    'http_rate_limited_code',
    'shop.errors.ApiError: the API answered with HTTP 429',
    'shop.errors.ApiError: the API answered with 429 rows',
  ],
  [
    'token_expired',
    '$ An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired.',
    '$ An error occurred (InvalidToken) when calling the PutObject operation',
  ],
  [
    'http_unauthorized',
    'requests.exceptions.HTTPError: 401 Client Error: Unauthorized for url: https://api.shop.example/v1',
    'requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://api.shop.example/v1',
  ],
  [
    'http_forbidden',
    'requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://api.shop.example/v1',
    'requests.exceptions.HTTPError: 500 Server Error: for url: https://api.shop.example/v1',
  ],
  [
    'http_server_error',
    'requests.exceptions.HTTPError: 502 Server Error: Bad Gateway for url: https://api.shop.example/v1',
    'requests.exceptions.HTTPError: 400 Client Error: Bad Request for url: https://api.shop.example/v1',
  ],
  [
    'http_server_error_code',
    'shop.errors.ApiError: the answer has statusCode: 501',
    'shop.errors.ApiError: the API answered with 501 rows',
  ],
  [
    'grpc_unavailable',
    'grpc._channel._InactiveRpcError: <_InactiveRpcError of RPC that terminated with:\n\tstatus = StatusCode.UNAVAILABLE\n\tdetails = "try later"',
    'grpc._channel._InactiveRpcError: <_InactiveRpcError of RPC that terminated with:\n\tstatus = StatusCode.DEADLINE_EXCEEDED',
  ],
  [
    'grpc_deadline',
    'google.api_core.exceptions.DeadlineExceeded: 504 Deadline Exceeded',
    'google.api_core.exceptions.NotFound: 404 Not found: Dataset shop:mart',
  ],
  [
    'http_not_found',
    'requests.exceptions.HTTPError: 404 Client Error: Not Found for url: https://api.shop.example/v1',
    'requests.exceptions.HTTPError: 400 Client Error: Bad Request for url: https://api.shop.example/v1',
  ],
  [
    'http_bad_request',
    'requests.exceptions.HTTPError: 400 Client Error: Bad Request for url: https://api.shop.example/v1',
    'requests.exceptions.HTTPError: 404 Client Error: Not Found for url: https://api.shop.example/v1',
  ],
  [
    'http_request_timeout',
    'requests.exceptions.HTTPError: 408 Client Error: Request Timeout for url: https://api.shop.example/v1',
    'requests.exceptions.HTTPError: 409 Client Error: Conflict for url: https://api.shop.example/v1',
  ],
  [
    'dns',
    '$6 curl: (6) Could not resolve host: api.shop.example',
    "$7 curl: (7) Failed to connect to api.shop.example port 443 after 2 ms: Couldn't connect to server",
  ],
  [
    'tls_certificate',
    'ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: certificate has expired',
    'ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number',
  ],
  [
    'tls_handshake',
    'ssl.SSLError: [SSL: WRONG_VERSION_NUMBER] wrong version number',
    'ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: self-signed certificate',
  ],
  [
    'connection_refused',
    'psycopg2.OperationalError: connection to server at "10.0.0.7", port 5432 failed: Connection refused',
    'psycopg2.OperationalError: connection to server at "10.0.0.7", port 5432 failed: timeout expired',
  ],
  [
    'server_starting',
    'psycopg2.OperationalError: connection to server at "db", port 5432 failed: FATAL:  the database system is starting up',
    'psycopg2.OperationalError: server closed the connection unexpectedly',
  ],
  ['network_unreachable', 'OSError: [Errno 113] No route to host', 'OSError: [Errno 5] Input/output error'],
  [
    'endpoint_unreachable',
    'botocore.exceptions.EndpointConnectionError: Could not connect to the endpoint URL: "https://s3.example"',
    'botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL: "https://s3.example"',
  ],
  [
    'server_ended_connection',
    'psycopg2.OperationalError: server closed the connection unexpectedly',
    'psycopg2.OperationalError: connection to server at "db", port 5432 failed: Connection refused',
  ],
  [
    'connection_lost',
    'ConnectionResetError: [Errno 104] Connection reset by peer',
    'ConnectionRefusedError: [Errno 111] Connection refused',
  ],
  [
    'upstream_dag_failed',
    'airflow.exceptions.AirflowException: The external DAG shop_load failed.',
    'airflow.exceptions.AirflowException: The external report is empty.',
  ],
  [
    'duplicate_key',
    'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "orders_pkey"',
    'psycopg2.errors.ForeignKeyViolation: insert or update on table "lines" violates foreign key constraint "lines_fkey"',
  ],
  [
    'null_violation',
    'psycopg2.errors.NotNullViolation: null value in column "price" of relation "orders" violates not-null constraint',
    'psycopg2.errors.CheckViolation: new row for relation "orders" violates check constraint "price_check"',
  ],
  [
    'foreign_key',
    'psycopg2.errors.ForeignKeyViolation: insert or update on table "lines" violates foreign key constraint "lines_fkey"',
    'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "orders_pkey"',
  ],
  [
    'check_constraint',
    'psycopg2.errors.CheckViolation: new row for relation "orders" violates check constraint "price_check"',
    'psycopg2.errors.NotNullViolation: null value in column "price" of relation "orders" violates not-null constraint',
  ],
  [
    'value_too_long',
    'psycopg2.errors.StringDataRightTruncation: value too long for type character varying(4)',
    'psycopg2.errors.NumericValueOutOfRange: integer out of range',
  ],
  [
    'invalid_database_value',
    'psycopg2.errors.InvalidTextRepresentation: invalid input syntax for type integer: "12,50"',
    'psycopg2.errors.SyntaxError: syntax error at or near "FORM"',
  ],
  ['division_by_zero_in_sql', 'psycopg2.errors.DivisionByZero: division by zero', 'ZeroDivisionError: division by zero'],
  [
    'invalid_number_or_date',
    "ValueError: time data '31.12.2025' does not match format '%Y-%m-%d'",
    'ValueError: not enough values to unpack (expected 2, got 1)',
  ],
  [
    'record_validation_failed',
    'pydantic_core._pydantic_core.ValidationError: 2 validation errors for Order\nprice\n  Input should be a valid number',
    'shop.errors.OrderError: the order is not valid yet',
  ],
  [
    'encoding',
    "UnicodeDecodeError: 'utf-8' codec can't decode byte 0xfc in position 1: invalid start byte",
    "ValueError: could not convert string to float: 'n/a'",
  ],
  [
    'dbt_test_failed',
    '$ 10:00:00  Failure in test not_null_orders_id (models/schema.yml)\n10:00:00    Got 3 results, configured to fail if != 0',
    '$ 10:00:00  Database Error in model orders\n10:00:00    column "a" does not exist',
  ],
  [
    'expectation_failed',
    '$ expect_column_values_to_be_between(amount, 0, 100): FAILED, 17 of 9120 values unexpected',
    '$ expect a long run: not FAILED before',
  ],
  [
    'sql_check_failed',
    'airflow.exceptions.AirflowException: Test failed.\nQuery:\nSELECT count(*)\nResults:\n(0,)',
    'airflow.exceptions.AirflowException: The report was refused.',
  ],
  [
    'data_check_failed',
    'shop.errors.LoadError: row count check failed: 0 rows, expected at least 4000',
    'shop.errors.LoadError: the rows were not told',
  ],
  [
    'invalid_json',
    'json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)',
    'TypeError: Object of type socket is not JSON serializable',
  ],
  [
    'invalid_table_file',
    'pandas.errors.ParserError: Error tokenizing data. C error: Expected 5 fields in line 3, saw 6',
    "KeyError: 'line'",
  ],
  [
    'invalid_binary_file',
    'pyarrow.lib.ArrowInvalid: Parquet magic bytes not found in footer. Either the file is corrupted or this is not a parquet file.',
    'pyarrow.lib.ArrowTypeError: the column has two types',
  ],
  [
    'invalid_markup',
    'xml.etree.ElementTree.ParseError: not well-formed (invalid token): line 1, column 2',
    'xml.etree.ElementTree.QNameError: the name is empty',
  ],
  [
    'object_missing',
    '$ fatal error: An error occurred (404) when calling the HeadObject operation: Key "orders.csv" does not exist',
    '$ fatal error: An error occurred (403) when calling the HeadObject operation: Forbidden',
  ],
  [
    'file_missing',
    "FileNotFoundError: [Errno 2] No such file or directory: '/data/in/orders.csv'",
    "IsADirectoryError: [Errno 21] Is a directory: '/data/in'",
  ],
  [
    'table_missing',
    "$ 002003 (42S02): SQL compilation error: Object 'SHOP.ORDERS' does not exist or not authorized.",
    '$ 001003 (42000): SQL compilation error: syntax error line 1 at position 7',
  ],
  [
    'column_missing',
    "$ ERROR 1054 (42S22) at line 3: Unknown column 'discount' in 'field list'",
    "$ ERROR 1146 (42S02) at line 3: Table 'shop.orders' doesn't exist",
  ],
  [
    'dataframe_columns',
    "ValueError: Usecols do not match columns, columns expected but not found: ['price']",
    "ValueError: could not convert string to float: 'n/a'",
  ],
  [
    'dataframe_key',
    'KeyError: \'price\' @ File "/usr/lib/python3/site-packages/pandas/core/indexes/base.py", line 3812, in get_loc',
    "KeyError: 'price'",
  ],
  [
    'schema_mismatch',
    'pyspark.errors.exceptions.captured.AnalysisException: A schema mismatch detected when writing to the Delta table',
    'pyspark.errors.exceptions.captured.AnalysisException: [PATH_NOT_FOUND] Path does not exist: s3a://lake/day=1.',
  ],
  [
    'says_out_of_memory',
    'shop.errors.RenderError: the renderer ran out of memory',
    'shop.errors.RenderError: the memory of the customer is long',
  ],
  [
    'says_disk_full',
    'shop.errors.ExportError: the volume /exports is full',
    'shop.errors.ExportError: the basket is full of orders',
  ],
  [
    'says_no_slot',
    'shop.errors.SapError: no free sessions on the application server',
    'shop.errors.SapError: the session has no name',
  ],
  [
    'says_took_too_long',
    'shop.errors.JobError: job 118 did not finish within 3600 seconds',
    'shop.errors.JobError: job 118 finished with nothing',
  ],
  [
    'says_no_answer',
    'shop.errors.SapError: the gateway did not respond',
    'shop.errors.SapError: the gateway responded with nonsense',
  ],
  [
    'says_not_allowed',
    'shop.errors.SapError: user ETL is not allowed to read table VBAK',
    'shop.errors.SapError: user ETL reads table VBAK',
  ],
  ['says_login_failed', 'shop.errors.SapError: wrong password for client 100', 'shop.errors.SapError: client 100 is closed'],
  [
    'says_limit_used_up',
    'shop.errors.GeoError: the daily allowance is used up',
    'shop.errors.GeoError: the daily report is used',
  ],
  [
    'says_service_down',
    'shop.errors.GeoError: the partner system is under maintenance',
    'shop.errors.GeoError: the partner has no such place',
  ],
  [
    'says_cannot_connect',
    'shop.errors.SapError: could not connect with the message server',
    'shop.errors.SapError: the message is no text',
  ],
  [
    'says_upstream_not_done',
    'shop.errors.LoadError: the source system has not finished',
    'shop.errors.LoadError: the system speaks',
  ],
  [
    'says_input_missing',
    'shop.errors.LoadError: the delivery of 2026-03-01 has not arrived',
    'shop.errors.LoadError: the delivery of 2026-03-01 is strange',
  ],
  [
    'says_columns_differ',
    'shop.errors.LoadError: the header does not match layout 7',
    'shop.errors.LoadError: the header is long',
  ],
  [
    'says_values_wrong',
    'shop.errors.LoadError: 14 orders have an unknown currency and are rejected',
    'shop.errors.LoadError: 14 orders are loaded',
  ],
  ['says_not_configured', 'shop.errors.LoadError: setting warehouse must be set', 'shop.errors.LoadError: the warehouse is set'],
  [
    'sql_syntax',
    'psycopg2.errors.SyntaxError: syntax error at or near "FORM"',
    'psycopg2.errors.UndefinedColumn: column "form" does not exist',
  ],
  ['shell_mistake', '$ /opt/run.sh: line 42: WINDOW_START: unbound variable', '$ /opt/run.sh: line 42: jq: command not found'],
  ['python_syntax', 'SyntaxError: invalid syntax', "NameError: name 'syntax' is not defined"],
  ['not_serialisable', 'TypeError: Object of type socket is not JSON serializable', "TypeError: 'int' object is not callable"],
  [
    'python_none',
    "AttributeError: 'NoneType' object has no attribute 'price'",
    "AttributeError: 'Order' object has no attribute 'price'",
  ],
  ['python_bug', "KeyError: 'price'", "ValueError: 'price'"],
  ['python_value_bug', 'ValueError: not enough values to unpack (expected 2, got 1)', 'ValueError: nothing to unpack'],
  ['program_bug', '$ TypeError: orders.map is not a function', '$ order error: the map is not complete'],
  [
    'remote_job_failed',
    'airflow.exceptions.AirflowException: Glue Job curate Run jr_7 ended with state FAILED',
    'airflow.exceptions.AirflowException: the job has no name',
  ],
  ['process_crashed', '$139 loading', '$9 loading'],
];
