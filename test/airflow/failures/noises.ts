// Errors that are loud and not the cause: a program met them, dealt with them, and went on. A line is LEVEL|text.

export const NOISES = {
  optional_import: [
    'W|optional backend is not available, falling back to the built-in one',
    `E|Could not load plugin stats_push\nTraceback (most recent call last):\n  File "/opt/kestrel/plugins.py", line 88, in load\n    module = importlib.import_module(name)\nModuleNotFoundError: No module named 'stats_push'`,
    'I|continuing without plugin stats_push',
  ],
  healed_refusal: [
    'E|Connection to cache at 10.2.0.14:6379 failed: [Errno 111] Connection refused (attempt 1 of 3)',
    'E|Connection to cache at 10.2.0.14:6379 failed: [Errno 111] Connection refused (attempt 2 of 3)',
    'I|Connected to cache on attempt 3',
  ],
  metrics_timeout: [
    `E|Failed to send 14 metrics\nTraceback (most recent call last):\n  File "/opt/kestrel/metrics.py", line 31, in flush\n    self._socket.sendall(data)\nTimeoutError: [Errno 110] Connection timed out`,
    'W|metrics are buffered and will be sent with the next flush',
  ],
  jvm_warnings: [
    'P|WARN  Utils: Your hostname resolves to a loopback address; using 10.2.0.14 instead',
    'P|ERROR StatusLogger Log4j2 could not find a logging implementation. Using SimpleLogger to log to the console...',
    'P|java.io.FileNotFoundException: /etc/hadoop/conf/hdfs-site.xml (No such file or directory)\n\tat java.base/java.io.FileInputStream.open0(Native Method)\n\tat java.base/java.io.FileInputStream.open(FileInputStream.java:213)',
    'P|INFO  Configuration: defaults are used',
  ],
  bad_rows_skipped: [
    `E|row 118 skipped: ValueError: could not convert string to float: ''`,
    `E|row 533 skipped: ValueError: could not convert string to float: ''`,
    'W|2 of 18204 rows were skipped, at most 50 are tolerated: continuing',
  ],
  rate_limited_healed: [
    'W|HTTP 429 Too Many Requests from quotes.example: waiting 1 s as told by Retry-After',
    'E|request failed: 503 Server Error: Service Unavailable for url: https://quotes.example/v1/day',
    'I|request succeeded on attempt 3',
  ],
  cleanup_failed: [
    `E|could not remove temporary folder: [Errno 13] Permission denied: '/var/cache/kestrel/tmp1'`,
    'W|leaving it to the janitor',
  ],
  deprecations: [
    'W|DeprecationWarning: the argument `provide_context` is deprecated and will be an error in a future version',
    'E|FATAL: legacy authentication is deprecated; switched to token authentication',
    'I|authenticated',
  ],
} satisfies Record<string, string[]>;

export type NoiseName = keyof typeof NOISES;
