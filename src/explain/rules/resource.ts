import type { Rule } from './rule.ts';

const kubernetesResources = 'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/';
const airflowTasks = 'https://airflow.apache.org/docs/apache-airflow/stable/core-concepts/tasks.html';

/** Memory, disk, files, and processes that something killed. */
export const resourceRules: readonly Rule[] = [
  {
    name: 'container_oom_killed',
    category: 'resource_error',
    subcategory: 'oom',
    transient: 'no',
    weight: 0.95,
    when: { text: [/\bOOM[ -]?[Kk]illed\b/, /\bOutOfMemoryError: Container killed due to memory usage\b/] },
    cause: 'The container used more memory than its limit and was killed (OOMKilled).',
    nextSteps: [
      'Raise the memory limit of the container, or process the data in smaller parts.',
      'Compare the peak memory of this run with earlier ones to see whether the input grew.',
    ],
    docs: kubernetesResources,
  },
  {
    name: 'kernel_oom_killed',
    category: 'resource_error',
    subcategory: 'oom',
    transient: 'unclear',
    weight: 0.95,
    when: { text: [/\bOut of memory: Kill(?:ed)? process\b/i, /\boom-kill(?:er)?\b/, /\bMemory cgroup out of memory\b/] },
    cause: 'The kernel killed the process because the memory of the machine or of its control group ran out.',
    nextSteps: [
      'Raise the memory of the worker, or lower how many tasks it runs at the same time.',
      'Process the data in smaller parts.',
    ],
  },
  {
    name: 'yarn_memory_limit',
    category: 'resource_error',
    subcategory: 'oom',
    transient: 'no',
    weight: 0.95,
    when: {
      text: [
        /Container killed by YARN for exceeding (?:physical |virtual )?memory limits/,
        /running (?:\d{1,12}B )?beyond (?:the )?'?(?:physical|virtual)'? memory limit/i,
        /ExecutorLostFailure[^\n]{0,200}exit(?:ed)?[^\n]{0,80}\b137\b/,
      ],
    },
    cause: 'A Spark executor used more memory than its container may, and the cluster killed it.',
    nextSteps: [
      'Raise spark.executor.memoryOverhead or spark.executor.memory.',
      'Use more partitions, so that each task holds less; look for one skewed key.',
    ],
    docs: 'https://spark.apache.org/docs/latest/tuning.html',
  },
  {
    name: 'spark_result_size',
    category: 'resource_error',
    subcategory: 'oom',
    transient: 'no',
    weight: 0.95,
    when: {
      text: [
        /is bigger than spark\.driver\.maxResultSize/,
        /Not enough memory to build and broadcast the table/,
        /Cannot broadcast the table/,
      ],
    },
    cause: 'More data was sent to the Spark driver than it may hold.',
    nextSteps: [
      'Write the result instead of collecting it to the driver.',
      'Raise spark.driver.memory and spark.driver.maxResultSize, or turn the automatic broadcast join off for this query.',
    ],
    docs: 'https://spark.apache.org/docs/latest/configuration.html',
  },
  {
    name: 'jvm_out_of_memory',
    category: 'resource_error',
    subcategory: 'oom',
    transient: 'no',
    weight: 0.95,
    when: {
      text: [
        /\bjava\.lang\.OutOfMemoryError(?:: (?<kind>Java heap space|GC overhead limit exceeded|Metaspace|Direct buffer memory))?/,
      ],
      unless: /unable to create (?:new )?native thread/,
    },
    cause: 'The Java process ran out of memory[ ({kind})].',
    nextSteps: [
      'Raise the heap of the process (-Xmx, or the memory of driver and executors).',
      'Process the data in smaller parts.',
    ],
    docs: 'https://docs.oracle.com/en/java/javase/21/troubleshoot/troubleshooting-memory-leaks.html',
  },
  {
    name: 'python_memory_error',
    category: 'resource_error',
    subcategory: 'oom',
    transient: 'no',
    weight: 0.95,
    when: {
      text: [
        /^(?:\w+\.)*MemoryError\b/,
        /\b_?ArrayMemoryError\b/,
        /\bUnable to allocate (?<size>[\d.]{1,12} [KMGTP]?i?B) for an array\b/,
        /^(?:ArrowMemoryError|pyarrow\.lib\.ArrowMemoryError)\b/,
      ],
    },
    cause: 'Python could not get the memory that it asked for[ ({size})].',
    nextSteps: ['Read and process the data in chunks instead of as a whole.', 'Raise the memory of the worker or the container.'],
    docs: 'https://docs.python.org/3/library/exceptions.html#MemoryError',
  },
  {
    name: 'program_out_of_memory',
    category: 'resource_error',
    subcategory: 'oom',
    transient: 'unclear',
    weight: 0.9,
    when: {
      text: [
        /JavaScript heap out of memory/,
        /runtime: out of memory/,
        /\bstd::bad_alloc\b/,
        /\bCannot allocate memory\b|\bmemory allocation of \d{1,20} bytes failed\b/,
        /\bOOM command not allowed when used memory\b/,
        /\bCUDA out of memory\b|\bCUDA_ERROR_OUT_OF_MEMORY\b/,
      ],
    },
    cause: 'A program could not get the memory that it asked for.',
    nextSteps: ['Raise the memory limit of the program or of the worker.', 'Process the data in smaller parts.'],
  },
  {
    name: 'query_memory_limit',
    category: 'resource_error',
    subcategory: 'oom',
    transient: 'no',
    weight: 0.92,
    when: {
      text: [
        /\bResources exceeded during query execution\b/,
        /\bMEMORY_LIMIT_EXCEEDED\b|\bMemory limit \((?:total|for query|for user)\) exceeded\b/,
        /\bEXCEEDED_(?:LOCAL|GLOBAL)_MEMORY_LIMIT\b|\bQuery exceeded (?:per-node|distributed)[^\n]{0,30}memory limit\b/,
        /\bpsycopg2?\.errors\.OutOfMemory\b|\bORA-04030\b|\bORA-04031\b/,
        /\bThere is insufficient system memory\b|\bOut of Memory Error: failed to allocate\b/,
      ],
    },
    cause: 'The query needs more memory than the database gives it.',
    nextSteps: [
      'Look at the plan of the query: a join without a key, a large sort or a large aggregation.',
      'Split the query by date or key, or run it on a larger warehouse.',
    ],
  },
  {
    name: 'pod_evicted_disk',
    category: 'resource_error',
    subcategory: 'disk_full',
    transient: 'unclear',
    weight: 0.93,
    when: {
      text: [
        /low on resource: ephemeral-storage/,
        /ephemeral local storage usage exceeds/,
        /Usage of EmptyDir volume "[^"\n]{1,100}" exceeds/,
      ],
    },
    cause: 'Kubernetes evicted the pod because its temporary files or those of its node took too much disk.',
    nextSteps: [
      'Write less to the local disk of the pod, or give it a volume.',
      'Set a request and a limit for ephemeral-storage.',
    ],
    docs: kubernetesResources,
  },
  {
    name: 'disk_full',
    category: 'resource_error',
    subcategory: 'disk_full',
    transient: 'no',
    weight: 0.95,
    when: {
      text: [
        /\bdatabase or disk is full\b|\bCould not allocate space for object\b|\bdisk usage exceeded flood-stage watermark\b|\bdisk watermark\b/,
        /\bNo space left on device\b/i,
        /\[Errno (?:28|122)\]/,
        /\bENOSPC\b(?![^\n]{0,60}(?:inotify|file watchers))/,
        /\bDisk quota exceeded\b|\bNot enough space on the disk\b/i,
        /\bpsycopg2?\.errors\.DiskFull\b|\bcould not (?:extend|write to) file "[^"\n]{1,200}"[^\n]{0,60}No space/,
        /\bDisk Full\b|\bORA-0165[34]\b|\bunable to extend (?:table|index|temp segment)\b/,
        /\bThe table '[^'\n]{1,100}' is full\b|\btablespace[^\n]{0,60}is full\b/i,
      ],
    },
    cause: 'A disk is full: no space is left where the task or its database writes.',
    nextSteps: [
      'Find what fills the disk (df -h, du -sh) on the host that the error names, and make room or enlarge it.',
      'Check that earlier runs clean up their temporary files.',
    ],
  },
  {
    name: 'too_many_files',
    category: 'resource_error',
    subcategory: 'too_many_files',
    transient: 'unclear',
    weight: 0.93,
    when: {
      text: [
        /\bToo many open files\b/i,
        /\[Errno 24\]/,
        /\bEMFILE\b|\bENFILE\b/,
        /\binotify (?:watch|instance)[^\n]{0,40}(?:limit|reached)/,
      ],
    },
    cause: 'The process has more files or connections open than it may.',
    nextSteps: [
      'Close files and connections when they are done with (use context managers).',
      'Raise the limit of open files (ulimit -n) of the worker.',
    ],
  },
  {
    name: 'too_many_processes',
    category: 'resource_error',
    subcategory: 'too_many_processes',
    transient: 'unclear',
    weight: 0.9,
    when: {
      text: [
        /can't start new thread/,
        /unable to create (?:new )?native thread/,
        /\bfork: (?:retry: )?Resource temporarily unavailable\b/,
        /\bBlockingIOError: \[Errno 11\] Resource temporarily unavailable\b/,
      ],
    },
    cause: 'The worker may start no more processes or threads.',
    nextSteps: [
      'Lower how many tasks or threads run at the same time on the worker.',
      'Raise its limit of processes (ulimit -u, or pids of the container).',
    ],
  },
  {
    name: 'task_heartbeat_lost',
    category: 'resource_error',
    subcategory: 'heartbeat_lost',
    transient: 'yes',
    weight: 0.92,
    when: { event: /heartbeat timeout|did not emit heartbeat|zombie/i, log: 'missing or silent' },
    cause: 'Airflow heard no heartbeat of the task any more: its worker or its process was lost.',
    nextSteps: [
      'Look at the worker at that time: restart, eviction, out of memory, lost node.',
      'If the worker was alive, check whether its CPU or the metadata database was overloaded.',
    ],
    docs: `${airflowTasks}#task-instance-heartbeat-timeout`,
  },
  {
    name: 'task_heartbeat_failed',
    category: 'resource_error',
    subcategory: 'heartbeat_lost',
    transient: 'yes',
    weight: 0.88,
    when: {
      text: [
        /\b[Dd]etected (?:as )?(?:a )?zombie(?: job)?\b/,
        /\b[Tt]oo many failed heartbeats\b|\bHeartbeat failed and the task will be terminated\b/,
        /\bJob heartbeat got an exception\b/,
      ],
    },
    cause: 'The task could not report its heartbeat to Airflow, and was ended.',
    nextSteps: [
      'Check the connection of the worker to the metadata database or the API server at that time.',
      'Check the load of the worker: a process without CPU sends no heartbeat.',
    ],
    docs: `${airflowTasks}#task-instance-heartbeat-timeout`,
  },
  {
    name: 'celery_worker_lost',
    category: 'resource_error',
    subcategory: 'killed',
    transient: 'unclear',
    weight: 0.88,
    when: { text: [/\bWorkerLostError\b/, /\bWorker exited prematurely: (?:signal (?<signal>\d{1,2})|exitcode)/] },
    cause: 'The Celery worker process was killed while it ran the task[ (signal {signal})].',
    nextSteps: [
      'Look at the memory of the worker at that time: signal 9 is mostly the out-of-memory killer.',
      'Lower worker_concurrency or give the worker more memory.',
    ],
    docs: 'https://docs.celeryq.dev/en/stable/userguide/workers.html',
  },
];
