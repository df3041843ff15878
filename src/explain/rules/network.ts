import type { Rule } from './rule.ts';

/** Names, connections and TLS. */
export const networkRules: readonly Rule[] = [
  {
    name: 'dns',
    category: 'dependency_failure',
    subcategory: 'dns',
    transient: 'unclear',
    weight: 0.94,
    when: {
      text: [
        /\bDNS (?:failure|lookup failed|error)\b/i,
        /\bcould not translate host name "(?<host>[\w.-]{1,200})"/,
        /\bCould not resolve host(?:name)?:? "?(?<host>[\w.-]{1,200})?/i,
        /\bFailed to resolve '(?<host>[\w.-]{1,200})'/,
        /\bName or service not known\b|\bTemporary failure in name resolution\b|\bnodename nor servname provided\b|\bNo address associated with hostname\b/,
        /\bgetaddrinfo (?:ENOTFOUND|EAI_AGAIN)(?: (?<host>[\w.-]{1,200}))?|\bgaierror\b/,
        /\bUnknownHostException(?:: (?<host>[\w.-]{1,200}))?/,
        /\blookup (?<host>[\w.-]{1,200})(?: on [\w.:[\]]{1,60})?: no such host\b|\bDNS resolution failed\b/,
        /\bUnknown MySQL server host '(?<host>[\w.-]{1,200})'|\bORA-12545\b|\bCould not resolve "(?<host2>[\w.-]{1,200})"/,
      ],
    },
    cause: 'The name of a host could not be resolved[: {host}][: {host2}].',
    nextSteps: [
      'Check the host name in the connection for a typing error.',
      'Resolve the name on the worker; if it fails only at times, look at the DNS of the cluster.',
    ],
  },
  {
    name: 'tls_certificate',
    category: 'dependency_failure',
    subcategory: 'tls',
    transient: 'no',
    weight: 0.95,
    when: {
      text: [
        /\bCERTIFICATE_VERIFY_FAILED\b|\bcertificate verify failed\b|\bSSLCertVerificationError\b/,
        /\bcertificate (?:has expired|is not yet valid)\b|\bself[- ]signed certificate\b|\bunable to get local issuer certificate\b/i,
        /\bPKIX path (?:building|validation) failed\b|\bCertPathValidatorException\b|\bSunCertPathBuilderException\b/,
        /\bx509: certificate\b|\bcurl: \((?:51|60|77)\)/,
        /\bDEPTH_ZERO_SELF_SIGNED_CERT\b|\bUNABLE_TO_VERIFY_LEAF_SIGNATURE\b|\bCERT_HAS_EXPIRED\b|\bhostname mismatch\b|\bverify error:num=\d{1,3}\b/i,
      ],
    },
    cause: 'The certificate of the server was not accepted.',
    nextSteps: [
      'Look at the certificate of the server: has it expired, is it for this host name, who signed it?',
      'Give the worker the certificate of the authority that signed it; do not turn verification off.',
    ],
    docs: 'https://requests.readthedocs.io/en/latest/user/advanced/#ssl-cert-verification',
  },
  {
    name: 'tls_handshake',
    category: 'dependency_failure',
    subcategory: 'tls',
    transient: 'no',
    weight: 0.9,
    when: {
      text: [
        /\bserver does not support SSL\b|\bSSL connection is required\b|\bno pg_hba\.conf entry[^\n]{0,200}\b(?:SSL off|no encryption)\b/,
        /\b(?:WRONG_VERSION_NUMBER|wrong version number)\b|\bUNSUPPORTED_PROTOCOL\b|\bunsupported protocol\b|\bNO_PROTOCOLS_AVAILABLE\b/,
        /\bSSLHandshakeException\b|\bhandshake failure\b|\bSSLV3_ALERT\b|\btlsv1[\w ]{0,30}alert\b|\bDH_KEY_TOO_SMALL\b|\bcurl: \((?:35|58|59)\)/,
        /\bUNEXPECTED_EOF_WHILE_READING\b|\bremote error: tls\b|\bTLS handshake\b[^\n]{0,40}\b(?:error|failed)\b/i,
        /\bssl\.SSLError\b|\bSSLError\(/,
      ],
      unless: /CERTIFICATE_VERIFY_FAILED|SSL SYSCALL|connection has been closed/,
    },
    cause: 'Client and server could not agree on an encrypted connection (TLS).',
    nextSteps: [
      'Check whether the port speaks TLS, and whether the connection asks for it (sslmode, https).',
      'Compare the TLS versions that both sides allow.',
    ],
  },
  {
    name: 'connection_refused',
    category: 'dependency_failure',
    subcategory: 'connection_refused',
    transient: 'yes',
    weight: 0.93,
    when: {
      text: [
        /\bError while fetching server API version\b/,
        /\bUnable to connect to port (?<port>\d{1,5}) on (?<host>[\w.:-]{1,200})/,
        /\bconnection to server at "(?<host>[\w.:-]{1,200})"[^\n]{0,120}failed: Connection refused/,
        /\bhost='(?<host>[\w.:-]{1,200})', port=\d{1,5}\)[^\n]{0,400}Connection refused/,
        /\b[Cc]onnection (?:was )?refused\b|\bECONNREFUSED\b|\bConnectionRefusedError\b|\[Errno (?:111|61|10061)\]|\bactively refused\b/,
        /\bcurl: \(7\)|\bFailed to connect to (?<host>[\w.:-]{1,200}) port \d{1,5}\b[^\n]{0,60}Couldn't connect/,
        /\bCan't connect to (?:local )?(?:MySQL )?server\b[^\n]{0,120}\((?:111|61|2|No such file[^)]{0,20})\)/,
        /\bNoBrokersAvailable\b|\bORA-12541\b|\bno listener\b|\bCould not connect to meta store\b/,
        /\bCannot connect to the Docker daemon\b|\bIs the docker daemon running\b/,
        /\bconnect ECONNREFUSED (?<host2>[\w.:-]{1,200})|\bError 111 connecting to (?<host3>[\w.:-]{1,200})/,
      ],
      unless: /\b(?:110|timed out)\b/,
    },
    cause: 'Nothing accepts connections at the address that the task connects to[: {host}][: {host2}][: {host3}].',
    nextSteps: [
      'Check that the server runs, and since when.',
      'Check host and port of the connection, and the firewall between the worker and the server.',
    ],
  },
  {
    name: 'server_starting',
    category: 'dependency_failure',
    subcategory: 'connection_refused',
    transient: 'yes',
    weight: 0.93,
    when: {
      text: [
        /\bthe database system is (?:starting up|shutting down|in recovery mode|not yet accepting connections)\b/,
        /\bpsycopg2?\.errors\.CannotConnectNow\b|\bORA-01033\b|\bORA-01034\b/,
      ],
    },
    cause: 'The database was starting up or shutting down.',
    nextSteps: ['Retry when it is up.', 'Find out why it restarted.'],
  },
  {
    name: 'network_unreachable',
    category: 'dependency_failure',
    subcategory: 'connection_refused',
    transient: 'unclear',
    weight: 0.92,
    when: {
      text: [
        /\bNo route to host\b|\bNetwork is unreachable\b|\bEHOSTUNREACH\b|\bENETUNREACH\b|\[Errno (?:113|101)\]|\bHost is unreachable\b/i,
      ],
    },
    cause: 'There is no way through the network to the server.',
    nextSteps: ['Check routes, firewall and VPN between the worker and the server.', 'Check the address in the connection.'],
  },
  {
    name: 'endpoint_unreachable',
    category: 'dependency_failure',
    subcategory: 'connection_refused',
    transient: 'unclear',
    weight: 0.75,
    when: {
      text: [
        /\bEndpointConnectionError\b|\bCould not connect to the endpoint URL\b/,
        /\bFailed to establish a new connection\b|\bCannot connect to host (?<host>[\w.-]{1,200})/,
        /\bUnable to connect to (?:the )?(?:remote )?(?:server|host|broker|database)\b/i,
      ],
    },
    cause: 'No connection to the server could be made[: {host}].',
    nextSteps: [
      'Check that the server runs and is reachable from the worker.',
      'Check the address and the region in the connection.',
    ],
  },
  {
    name: 'server_ended_connection',
    category: 'dependency_failure',
    subcategory: 'connection_lost',
    transient: 'yes',
    weight: 0.94,
    when: {
      text: [
        /\bserver closed the connection unexpectedly\b|\bterminating connection due to administrator command\b/,
        /\bSSL SYSCALL error\b|\bSSL connection has been closed unexpectedly\b|\bpsycopg2?\.errors\.AdminShutdown\b/,
        /\bMySQL server has gone away\b|\bLost connection to (?:MySQL )?server\b|\bORA-0311[34]\b|\bORA-12537\b|\bORA-02396\b/,
        /\bconnection (?:already|is|was) closed\b|\bthe connection is (?:closed|lost|broken)\b|\bCommunications link failure\b/i,
        /\bTCP Provider: [^\n]{0,60}(?:forcibly closed|Error code 0x)|\b08S01\b/,
      ],
    },
    cause: 'The database ended the connection while the task used it: a restart, a failover, or somebody ended the session.',
    nextSteps: [
      'Look at the log of the database at that time.',
      'Retry; if it comes again after the same time, look for an idle limit in between (proxy, firewall).',
    ],
  },
  {
    name: 'connection_lost',
    category: 'dependency_failure',
    subcategory: 'connection_lost',
    transient: 'yes',
    weight: 0.92,
    when: {
      text: [
        /\bConnection reset by peer\b|\bConnectionResetError\b|\bECONNRESET\b|\[Errno 104\]|\bconnection was forcibly closed\b/i,
        /\bBrokenPipeError\b|\[Errno 32\]|\bBroken pipe\b|\bEPIPE\b/,
        /\bIncompleteRead\b|\bRemoteDisconnected\b|\bRemote end closed connection\b|\bsocket hang up\b|\bServerDisconnectedError\b/,
        /\bConnection aborted\b(?![^\n]{0,40}No such file)|\bConnection broken\b|\b[Ss]erver disconnected\b|\bConnection unexpectedly closed\b|\bSMTPServerDisconnected\b|\bClientPayloadError\b|\bResponseStreamingError\b|\bChunkedEncodingError\b/,
        /\bcurl: \((?:18|52|55|56|92)\)|\bunexpected EOF\b|\bSocket closed\b|\bConnection closed by (?:server|remote host|foreign host)\b/i,
        /\bSSH session not active\b|\bError reading SSH protocol banner\b|\bServer connection dropped\b|\bNo existing session\b/,
        /\bAnswer from Java side is empty\b|\bPy4JNetworkError\b|\bNodeNotReadyError\b|\bStreamLostError\b|\bConnectionClosed(?:ByBroker|Error|OK)?\b/,
      ],
    },
    cause: 'The connection broke off while it was used.',
    nextSteps: [
      'Retry: such a break mostly passes.',
      'If it comes again, look at the other side and at proxies in between: restarts, size and time limits.',
    ],
  },
  {
    name: 'upstream_dag_failed',
    category: 'dependency_failure',
    subcategory: 'upstream_failed',
    transient: 'no',
    weight: 0.93,
    when: {
      text: [
        /\bThe external (?:task|DAG|task group)\b[^\n]{0,200}\bfailed\b/,
        /\bSome of the external (?:tasks|DAGs|task groups)[^\n]{0,400}\bfailed\b/,
        /\bExternal(?:Task|Dag|TaskGroup|DuplicateTask)\w{0,20}(?:FailedError|NotFoundError)\b/,
        /(?:^|: )(?<dag>[\w.-]{1,120}) failed with failed states?\b/m,
        /\bDagRun (?<dag>[\w.-]{1,120}) (?:ended|finished) (?:in|with) (?:state )?failed\b|\bupstream (?:task|dag|job)[^\n]{0,60}\bfailed\b/i,
      ],
    },
    cause: 'Another DAG or task that this one waits for has failed[: {dag}].',
    nextSteps: [
      'Look at the failure of the DAG or task that this one waits for: its cause is there.',
      'Clear this task when the other has succeeded.',
    ],
    docs: 'https://airflow.apache.org/docs/apache-airflow/stable/howto/operator/external_task_sensor.html',
  },
];
