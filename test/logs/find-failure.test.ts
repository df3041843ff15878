import { expect, test } from 'vitest';
import { chainOf, headline, innermost, type Exception } from '../../src/logs/exceptions.ts';
import { findExceptions } from '../../src/logs/find-exceptions.ts';
import { findFailure } from '../../src/logs/find-failure.ts';
import { parseLog } from '../../src/logs/parse-log.ts';
import { cpuMs } from '../kit/cpu.ts';

const airflow2 = (file: string, level: string, ...texts: string[]): string[] =>
  texts.map((text, index) => `[2024-05-01T10:11:12.345+0000] {${file}:${100 + index}} ${level} - ${text}`);
const json = (logger: string, level: string, ...events: string[]): string[] =>
  events.map((event) => JSON.stringify({ timestamp: '2026-01-05T10:00:00Z', level, event, logger }));
const failureOf = (...lines: string[]) => findFailure([...parseLog(lines)]);
const told = (exception: Exception | undefined): string[] => (exception === undefined ? [] : chainOf(exception).map(headline));

const chained = `Traceback (most recent call last):
  File "/opt/airflow/dags/shop/load.py", line 31, in load
    cursor.execute(statement)
psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "orders_pkey"
DETAIL:  Key (id)=(7) already exists.


The above exception was the direct cause of the following exception:

Traceback (most recent call last):
  File "/home/airflow/.local/lib/python3.12/site-packages/airflow/models/taskinstance.py", line 776, in _execute_task
    result = _execute_callable(context=context)
  File "/opt/airflow/dags/shop/load.py", line 33, in load
    raise LoadError("orders") from error
shop.errors.LoadError: orders`.split('\n');

test('the innermost cause, its line and the last call of the user are found', () => {
  const failure = failureOf(...airflow2('taskinstance.py', 'ERROR', 'Task failed with exception'), ...chained);
  expect(failure).toMatchObject({
    type: 'psycopg2.errors.UniqueViolation',
    line: 5,
    frame: { file: '/opt/airflow/dags/shop/load.py', line: 31, function: 'load' },
    codes: [{ kind: 'sqlstate', value: '23505', line: 5 }],
  });
  expect(failure?.message).toContain('Key (id)=(7) already exists.');
  expect(told(failure?.exception)).toEqual([
    'shop.errors.LoadError: orders',
    'psycopg2.errors.UniqueViolation: duplicate key value violates unique constraint "orders_pkey"',
  ]);
  expect(failure?.exception?.causeIsDirect).toBe(true);
});

test('an exception that came while another was handled lies above it', () => {
  const [found] = findExceptions([
    ...parseLog(
      chained.map((line) =>
        line.replace(
          'The above exception was the direct cause of the following exception:',
          'During handling of the above exception, another exception occurred:',
        ),
      ),
    ),
  ]);
  expect(found?.exception.causeIsDirect).toBe(false);
  expect(innermost(found?.exception as Exception).type).toBe('psycopg2.errors.UniqueViolation');
});

test('error_detail of Airflow 3 gives the chain as it stands', () => {
  const frame = (filename: string, lineno: number, name: string) => ({ filename, lineno, name });
  const detail = [
    {
      exc_type: 'LoadError',
      exc_value: 'orders',
      exc_notes: ['while loading'],
      is_cause: false,
      frames: [
        frame('/usr/local/lib/python3.12/site-packages/airflow/sdk/bases/operator.py', 462, 'wrapper'),
        frame('/opt/airflow/dags/load.py', 33, 'load'),
      ],
    },
    {
      exc_type: 'ConnectionRefusedError',
      exc_value: '[Errno 111] Connection refused',
      exc_notes: [],
      is_cause: true,
      frames: [frame('/usr/lib/python3.12/socket.py', 5, 'connect')],
    },
  ];
  const failure = failureOf(
    ...json('shop', 'info', 'begin'),
    JSON.stringify({
      timestamp: '2026-01-05T10:00:00Z',
      level: 'error',
      event: 'Task failed with exception',
      logger: 'task',
      error_detail: detail,
    }),
  );
  expect(failure).toMatchObject({
    type: 'ConnectionRefusedError',
    line: 2,
    frame: { file: '/opt/airflow/dags/load.py', line: 33 },
    codes: [{ kind: 'errno', value: '111' }],
  });
  expect(failure?.exception).toMatchObject({ message: 'orders\nwhile loading', causeIsDirect: true });
});

test('error_detail that is a text is read as a traceback', () => {
  const failure = failureOf(
    JSON.stringify({ level: 'error', event: 'Task failed with exception', logger: 'task', error_detail: chained.join('\n') }),
  );
  expect(failure).toMatchObject({ type: 'psycopg2.errors.UniqueViolation', line: 1 });
});

const group = `  + Exception Group Traceback (most recent call last):
  |   File "/dags/g.py", line 20, in grp
  |     raise ExceptionGroup('outer', [e, TypeError('t')])
  | ExceptionGroup: outer (2 sub-exceptions)
  +-+---------------- 1 ----------------
    | Exception Group Traceback (most recent call last):
    |   File "/dags/g.py", line 18, in grp
    |     raise ExceptionGroup('inner', es)
    | ExceptionGroup: inner (2 sub-exceptions)
    +-+---------------- 1 ----------------
      | Traceback (most recent call last):
      |   File "/dags/g.py", line 4, in inner
      |     {}['a']
      |     ~~^^^^^
      | KeyError: 'a'
      | 
      | The above exception was the direct cause of the following exception:
      | 
      | Traceback (most recent call last):
      |   File "/dags/g.py", line 6, in inner
      |     raise ValueError('bad') from e
      | ValueError: bad
      +---------------- 2 ----------------
      | Traceback (most recent call last):
      |   File "/dags/g.py", line 14, in <lambda>
      | ValueError: invalid literal
      +------------------------------------
    +---------------- 2 ----------------
    | TypeError: t
    +------------------------------------`.split('\n');

test('exception groups are read with their members, whether as one message or line by line', () => {
  for (const lines of [group, airflow2('subprocess.py', 'INFO', ...group)]) {
    const [found] = findExceptions([...parseLog(lines)]);
    const members = found?.exception.members ?? [];
    expect(members.map(headline)).toEqual(['ExceptionGroup: inner (2 sub-exceptions)', 'TypeError: t']);
    expect(members[0]?.members?.map(headline)).toEqual(['ValueError: bad', 'ValueError: invalid literal']);
    expect(innermost(found?.exception as Exception)).toMatchObject({ type: 'KeyError', line: 15 });
  }
});

test('a SyntaxError is found with its place, which has no function', () => {
  const failure = failureOf(
    ...airflow2(
      'subprocess.py',
      'INFO',
      '  File "/scripts/job.py", line 1',
      '    def f(:',
      '          ^',
      'SyntaxError: invalid syntax',
      'Command exited with return code 1',
    ),
    ...airflow2('taskinstance.py', 'ERROR', 'Task failed with exception'),
    'Traceback (most recent call last):',
    'airflow.exceptions.AirflowException: Bash command failed. The command returned a non-zero exit code 1.',
  );
  expect(failure).toMatchObject({
    type: 'SyntaxError',
    line: 4,
    frame: { file: '/scripts/job.py', line: 1 },
    wrapper: { line: 8 },
    codes: [{ kind: 'exit', value: '1' }],
  });
});

const bashFailed = [
  ...airflow2('taskinstance.py', 'ERROR', 'Task failed with exception'),
  'Traceback (most recent call last):',
  '  File "/home/airflow/.local/lib/python3.12/site-packages/airflow/operators/bash.py", line 10, in execute',
  'airflow.exceptions.AirflowException: Bash command failed. The command returned a non-zero exit code 2.',
];

test('behind "Bash command failed" stands the traceback that the command printed, whatever was said in between', () => {
  const printed = airflow2(
    'subprocess.py',
    'INFO',
    'Output:',
    'Traceback (most recent call last):',
    '  File "/scripts/job.py", line 9, in <module>',
    '    main()',
    "KeyError: 'customer_id'",
  );
  const interleaved = printed.flatMap((line) => [line, ...airflow2('local_task_job_runner.py', 'INFO', 'Heartbeat recovered')]);
  expect(failureOf(...interleaved, ...bashFailed)).toMatchObject({
    type: 'KeyError',
    message: "'customer_id'",
    line: 9,
    frame: { file: '/scripts/job.py', line: 9 },
  });
});

test.each([
  ['command not found', '/bin/bash: line 1: dbtt: command not found', 'dbtt: command not found'],
  ['curl error', 'curl: (6) Could not resolve host: api.shop.example', 'curl: (6) Could not resolve host: api.shop.example'],
  ['psql error', 'ERROR:  relation "orders" does not exist', 'ERROR:  relation "orders" does not exist'],
  ['shell error', 'cat: /data/in.csv: No such file or directory', 'cat: /data/in.csv: No such file or directory'],
  [
    'Spark job aborted',
    '24/05/01 ERROR x: Job aborted due to stage failure: Task 3 lost',
    'Job aborted due to stage failure: Task 3 lost',
  ],
  [
    'killed',
    '/bin/bash: line 1:    77 Killed                  python big.py',
    '/bin/bash: line 1:    77 Killed                  python big.py',
  ],
])('a command that prints no traceback is read by its own words: %s', (type, line, message) => {
  const failure = failureOf(
    ...airflow2('subprocess.py', 'INFO', 'Output:', 'loading', line, 'Command exited with return code 2'),
    ...bashFailed,
  );
  expect(failure).toMatchObject({ type, message, line: 3, wrapper: { type: 'airflow.exceptions.AirflowException' } });
  expect(failure?.codes).toContainEqual(expect.objectContaining({ kind: 'exit', value: '2' }));
});

test('an error of dbt is told with the lines under it, its summary is none', () => {
  const failure = failureOf(
    ...airflow2(
      'subprocess.py',
      'INFO',
      '10:00:01  Completed with 1 error and 0 warnings:',
      '10:00:01  ',
      '10:00:01    Database Error in model orders (models/orders.sql)',
      '10:00:01    column "client_id" does not exist',
      '10:00:01    LINE 12: select client_id',
      '10:00:01  ',
      '10:00:01  Done. PASS=4 WARN=0 ERROR=1 SKIP=2 TOTAL=7',
      'Command exited with return code 1',
    ),
    ...bashFailed,
  );
  expect(failure).toMatchObject({ type: 'dbt error', line: 3 });
  expect(failure?.message).toBe(
    'Database Error in model orders (models/orders.sql)\ncolumn "client_id" does not exist\nLINE 12: select client_id',
  );
});

const jvm = [
  '24/05/01 10:00:00 ERROR Executor: Exception in task 0.0 in stage 1.0 (TID 1)',
  'org.apache.spark.SparkException: Task failed while writing rows.',
  '\tat org.apache.spark.sql.Writer.write(Writer.scala:10)',
  '\tat com.shop.Load.run(Load.scala:42)',
  'Caused by: java.io.IOException: No space left on device',
  '\tat java.io.FileOutputStream.write(Native Method)',
  '\t... 12 more',
  '24/05/01 10:00:01 INFO next',
];

test('a trace of the JVM is read down to its last "Caused by"', () => {
  for (const lines of [jvm, airflow2('spark_submit.py', 'INFO', ...jvm)]) {
    const [found] = findExceptions([...parseLog(lines)]);
    expect(told(found?.exception)).toEqual([
      'org.apache.spark.SparkException: Task failed while writing rows.',
      'java.io.IOException: No space left on device',
    ]);
    expect(innermost(found?.exception as Exception).line).toBe(5);
    expect(found?.exception.frames.filter(({ user }) => user)).toEqual([
      { file: 'Load.scala', line: 42, function: 'com.shop.Load.run', user: true, at: 4 },
    ]);
  }
});

test("the JVM's exception within that of py4j is its cause", () => {
  const failure = failureOf(
    ...airflow2('taskinstance.py', 'ERROR', 'Task failed with exception'),
    'Traceback (most recent call last):',
    '  File "/opt/airflow/dags/spark.py", line 8, in run',
    'py4j.protocol.Py4JJavaError: An error occurred while calling o55.save.',
    ': org.apache.spark.SparkException: Job aborted.',
    '\tat org.apache.spark.sql.Writer.write(Writer.scala:10)',
    'Caused by: java.lang.OutOfMemoryError: Java heap space',
    '\tat java.util.Arrays.copyOf(Arrays.java:1)',
  );
  expect(failure).toMatchObject({
    type: 'java.lang.OutOfMemoryError',
    message: 'Java heap space',
    line: 7,
    frame: { file: '/opt/airflow/dags/spark.py' },
  });
});

test('of a pod, the container that failed is read, not the message that it did', () => {
  const failure = failureOf(
    ...airflow2(
      'pod_manager.py',
      'INFO',
      '[base] Traceback (most recent call last):',
      '[base]   File "/app/main.py", line 3, in <module>',
      '[base] ZeroDivisionError: division by zero',
      '[sidecar] bye',
    ),
    ...airflow2('taskinstance.py', 'ERROR', 'Task failed with exception'),
    'Traceback (most recent call last):',
    'airflow.exceptions.AirflowException: Pod load-abc returned a failure.',
  );
  expect(failure).toMatchObject({ type: 'ZeroDivisionError', line: 3, frame: { file: '/app/main.py' } });
});

test('a killed process without an exception is told by how it ended', () => {
  expect(failureOf(...airflow2('local_task_job_runner.py', 'INFO', 'Task exited with return code -9'))).toMatchObject({
    type: '',
    message: 'Task exited with return code -9',
    line: 1,
    codes: [
      { kind: 'exit', value: '-9', line: 1 },
      { kind: 'signal', value: 'SIGKILL', line: 1 },
    ],
  });
  const killed = JSON.stringify({
    level: 'critical',
    event: 'Process terminated by signal. Likely out of memory error (OOM).',
    signal: -9,
    signal_name: 'SIGKILL',
    logger: 'task',
  });
  expect(failureOf(killed)?.codes).toContainEqual({ kind: 'signal', value: 'SIGKILL', line: 1 });
});

test('a log without a failure tells none', () => {
  expect(failureOf(...airflow2('t.py', 'INFO', 'Done. 0 errors', 'Task exited with return code 0'))).toBeUndefined();
  expect(failureOf()).toBeUndefined();
});

test('hostile logs take time by their length only', () => {
  const hostile = [
    ...Array.from({ length: 10_000 }, () => '  File "/a.py", line 1'),
    ...Array.from({ length: 10_000 }, () => 'Traceback (most recent call last):'),
    ...Array.from({ length: 10_000 }, () => '\tat a.b.C.d(E.java:1)'),
    ...Array.from({ length: 10_000 }, () => '  + Exception Group Traceback (most recent call last):'),
    ...Array.from({ length: 100 }, () => `ERROR ${'(a.b.'.repeat(800)}`),
    ...Array.from({ length: 100 }, () => 'x: '.repeat(1300)),
    ...Array.from({ length: 100 }, () => 'status code exit '.repeat(240)),
  ];
  const began = cpuMs();
  failureOf(...hostile);
  // A pattern or a loop that were not linear would take minutes.
  expect(cpuMs() - began).toBeLessThan(5000);
});
