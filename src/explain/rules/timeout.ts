import type { Rule } from './rule.ts';

/** Limits of time that have passed. */
export const timeoutRules: readonly Rule[] = [
  {
    name: 'sensor_timeout',
    category: 'timeout_error',
    subcategory: 'sensor_timeout',
    transient: 'unclear',
    weight: 0.95,
    when: {
      text: [
        /\bAirflowSensorTimeout\b|\bSensor has timed out\b|\bSnap\. Time is OUT\b|\bSensor Timeout\b/,
        /\b(?:Poke|Sensor)[^\n]{0,60}\btimed out after\b/,
      ],
    },
    cause: 'What the sensor waits for did not come within its timeout.',
    nextSteps: [
      'Check whether what it waits for has come meanwhile, is late, or was written under another name or date.',
      'Clear the task if it is there now; raise the timeout only if it is mostly that late.',
    ],
    docs: 'https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/sensors.html',
  },
  {
    name: 'deferral_timeout',
    category: 'timeout_error',
    subcategory: 'execution_timeout',
    transient: 'unclear',
    weight: 0.92,
    when: { text: [/\bTaskDeferralTimeout\b|\bTrigger(?:\/execution)? timeout\b|\bTrigger timed out\b/] },
    cause: 'What the deferred task waits for did not come within its timeout.',
    nextSteps: ['Look at the job or the event that it waits for.', 'Check that the triggerer was running.'],
    docs: 'https://airflow.apache.org/docs/apache-airflow/stable/authoring-and-scheduling/deferring.html',
  },
  {
    name: 'execution_timeout',
    category: 'timeout_error',
    subcategory: 'execution_timeout',
    transient: 'unclear',
    // It is the cause whatever was being handled when the time was over.
    weight: 0.99,
    when: { text: [/\bAirflowTaskTimeout\b|\bProcess timed out, PID\b|\bTask timed out\b/] },
    cause: 'The task ran longer than its execution_timeout allows, and was ended.',
    nextSteps: [
      'Find out where the time went: compare the log with that of a run in time.',
      'If the work has grown, split it or raise execution_timeout.',
    ],
    docs: 'https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/tasks.html#timeouts',
  },
  {
    name: 'subprocess_timeout',
    category: 'timeout_error',
    subcategory: 'execution_timeout',
    transient: 'unclear',
    weight: 0.9,
    when: {
      text: [
        /\bTimeoutExpired\b|\btimed out after \d{1,9}(?:\.\d{1,9})? seconds\b|\bDeadlineExceeded: Job was active\b|\bSSH command timed out\b|\bJobRunTimeout\b|\bJOB_TIMEOUT\b/,
      ],
    },
    cause: 'A program or a job ran longer than its limit, and was ended.',
    nextSteps: ['Find out where the time went: compare with a run in time.', 'Raise the limit only if the work has grown.'],
  },
  {
    name: 'exit_timeout',
    category: 'timeout_error',
    subcategory: 'execution_timeout',
    transient: 'unclear',
    weight: 0.72,
    when: { codes: ['exit 124'], errorOnly: true },
    cause: 'A command ran longer than the limit that it was given (exit code 124 of timeout).',
    nextSteps: ['Find out where the time went: compare the log with that of a run in time.'],
  },
  {
    name: 'pod_start_timeout',
    category: 'timeout_error',
    subcategory: 'execution_timeout',
    transient: 'unclear',
    weight: 0.72,
    when: {
      text: [
        /\bPod took (?:too long|longer than \d{1,9} seconds) to start\b|\bPodLaunchTimeoutException\b|\bstartup_timeout_seconds\b/,
      ],
    },
    cause: 'The pod did not start within the time that the operator waits.',
    nextSteps: [
      'Look at the events of the pod: no room on the nodes, a slow image pull, a volume that does not mount.',
      'Raise startup_timeout_seconds if the cluster has to grow first.',
    ],
    docs: 'https://airflow.apache.org/docs/apache-airflow-providers-cncf-kubernetes/stable/operators.html',
  },
  {
    name: 'statement_timeout',
    category: 'timeout_error',
    subcategory: 'statement_timeout',
    transient: 'unclear',
    weight: 0.95,
    when: {
      text: [
        /\bcanceling statement due to statement timeout\b|\bmaximum statement execution time exceeded\b/,
        /\bStatement reached its statement or warehouse timeout\b|\bEXCEEDED_TIME_LIMIT\b|\bQuery exceeded (?:the )?maximum (?:run|execution|time)\b/i,
        /\b[Qq]uery (?:has )?(?:timed out|timeout expired|timeout)\b|\bQuery execution was interrupted, maximum\b|\bQUERY_TIMEOUT\b/,
        /\bTIMEOUT_EXCEEDED\b|\bOperation timed out\b[^\n]{0,30}\bquery\b|\bexceeded the allowed (?:execution )?time\b/i,
        /\bJob timed out after\b|\bQuery cancelled (?:by|on) (?:WLM|[^\n]{1,20}timeout)\b/,
        /\bcanceling statement due to user request\b[^\n]{0,40}\btimeout\b/,
      ],
    },
    cause: 'The query ran longer than the database allows, and was ended.',
    nextSteps: [
      'Look at the plan of the query and at what else the database did then (locks, load).',
      'Read less at a time, or add the index that the plan misses.',
    ],
    docs: 'https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-STATEMENT-TIMEOUT',
  },
  {
    name: 'idle_transaction_timeout',
    category: 'timeout_error',
    subcategory: 'statement_timeout',
    transient: 'unclear',
    weight: 0.92,
    when: {
      text: [
        /\bidle-in-transaction timeout\b|\bidle[- ]in[- ]transaction session timeout\b|\bterminating connection due to (?:idle-session|transaction) timeout\b/i,
      ],
    },
    cause: 'The session waited too long within a transaction, and the database ended it.',
    nextSteps: ['Commit before long work outside of the database.', 'Look for what the task did between two statements.'],
  },
  {
    name: 'lock_timeout',
    category: 'timeout_error',
    subcategory: 'lock_timeout',
    transient: 'yes',
    weight: 0.95,
    when: {
      text: [
        /\bcanceling statement due to lock timeout\b|\bpsycopg2?\.errors\.LockNotAvailable\b|\bcould not obtain lock on\b/,
        /\bLock wait timeout exceeded\b|\bLock request time out period exceeded\b/,
        /\bORA-(?:00054|30006|04021)\b|\bdatabase is locked\b|\bhas locked table\b|\block (?:timeout|acquisition)[^\n]{0,30}(?:exceeded|failed|timed out)\b/i,
        /\bCould not acquire (?:a |the )?lock\b/i,
      ],
    },
    cause: 'Another transaction held a lock that the task needed, longer than it may wait.',
    nextSteps: [
      'Find who held the lock at that time (in PostgreSQL: pg_locks, pg_stat_activity).',
      'Do not run both at the same time, or keep their transactions short.',
    ],
    docs: 'https://www.postgresql.org/docs/current/explicit-locking.html',
  },
  {
    name: 'connection_timeout',
    category: 'timeout_error',
    subcategory: 'connection_timeout',
    transient: 'yes',
    weight: 0.92,
    when: {
      text: [
        /\bhost='(?<host>[\w.:-]{1,200})', port=\d{1,5}\)[^\n]{0,400}(?:timed out|timeout)/i,
        /\b(?:Connect|Read|Write|Pool|Connection)Timeout(?:Error|Exception)?\b|\bServerSelectionTimeoutError\b|\bConnectionTimeout\b/,
        /\bconnection to server at "(?<host>[\w.:-]{1,200})"[^\n]{0,120}timeout expired/,
        /\b(?:[Cc]onnection|[Rr]ead|[Cc]onnect|[Ss]ocket|[Rr]equest|[Ll]ogin|[Oo]peration|[Hh]andshake) timed? ?out\b|\bETIMEDOUT\b|\bESOCKETTIMEDOUT\b|\[Errno (?:110|60|10060)\]/,
        /\bSocketTimeoutException\b|\bHttpTimeoutException\b|\bNetworkTimeout\w{0,10}\b|\bKafkaTimeoutError\b|\bServiceResponseTimeoutError\b/,
        /\bcurl: \(28\)|\bCan't connect to [^\n]{0,160}\((?:110|timed out)\)|\bORA-12170\b|\bORA-12535\b|\btimeout expired\b/i,
        /^(?:socket\.timeout|TimeoutError|asyncio\.exceptions\.TimeoutError|asyncio\.TimeoutError|builtins\.TimeoutError)\b/,
        /\b(?:Broker|Local): [^\n]{0,40}[Tt]imed out\b|\bNo answer within\b|\bi\/o timeout\b|\bnet\/http: TLS handshake timeout\b/,
        /\bredis\.exceptions\.TimeoutError\b|\bServerTimeoutError\b|\bTimeout (?:connecting to|on reading|while)\b|\bOperationTimedOut\b|\bAdaptive Server connection failed\b|\bLogin timeout expired\b|\bTimeout waiting to (?:connect|read)\b/,
      ],
      unless: /QueuePool/,
    },
    cause: 'The server did not answer in time[: {host}].',
    nextSteps: [
      'Check that the server is up, and how loaded it was at that time.',
      'Check the way through the network (firewall, proxy); raise the timeout only if answers need that long.',
    ],
  },
];
