import type { Rule } from './rule.ts';

// What people write into exceptions of their own. Words are less sure than codes and names: each weighs less than what systems say.
const weight = 0.74;

/** Causes told in plain words, by the user's own code or by a service that has no code for them. */
export const wordRules: readonly Rule[] = [
  {
    name: 'says_out_of_memory',
    category: 'resource_error',
    subcategory: 'oom',
    transient: 'no',
    weight,
    when: {
      text: [
        /\b(?:ran|running|run) out of memory\b|\bmemory (?:usage|limit) (?:was |is )?exceeded\b|\bexceed(?:s|ed) (?:its |the |available )?memory(?: limit)?\b|\bnot enough memory\b/i,
      ],
      errorOnly: true,
    },
    cause: 'There was not enough memory, as the error says.',
    nextSteps: [
      'Raise the memory of what ran out of it, or process the data in smaller parts.',
      'Compare the size of the input with earlier runs.',
    ],
  },
  {
    name: 'says_disk_full',
    category: 'resource_error',
    subcategory: 'disk_full',
    transient: 'no',
    weight,
    when: {
      text: [
        /\b(?:disk|volume|file ?system|storage|bucket|mount)\b[^\n]{0,40}\b(?:is|was|almost|nearly) full\b|\b(?:not enough|no free|insufficient) (?:free )?(?:disk |storage )?space\b|\bout of (?:disk|storage)(?: space)?\b/i,
      ],
      errorOnly: true,
    },
    cause: 'There is no space left where the task writes, as the error says.',
    nextSteps: ['Find what fills it, and make room or enlarge it.', 'Check that earlier runs clean up their temporary files.'],
  },
  {
    name: 'says_no_slot',
    category: 'resource_error',
    subcategory: 'pool_exhausted',
    transient: 'yes',
    weight,
    when: {
      text: [
        /\bno (?:free|available|idle) (?:connections?|sessions?|slots?|workers?|licen[cs]es?)\b|\b(?:all|max(?:imum)?(?: number of)?) (?:connections|sessions|slots|licen[cs]es)\b[^\n]{0,40}\b(?:in use|taken|busy|reached|exceeded)\b|\b(?:session|connection) limit (?:was |is )?(?:reached|exceeded)\b/i,
      ],
      errorOnly: true,
    },
    cause: 'All connections, sessions or slots of a service were in use, as the error says.',
    nextSteps: [
      'Limit how many tasks use the service at the same time with an Airflow pool.',
      'Look for sessions that are not given back.',
    ],
  },
  {
    name: 'says_took_too_long',
    category: 'timeout_error',
    subcategory: 'execution_timeout',
    transient: 'unclear',
    weight,
    when: {
      text: [
        /\b(?:did|has|have) not (?:finish|complete|end|terminate|succeed)(?:ed)? (?:with)?in\b|\b(?:still|not) (?:running|done|finished|complete) after \d|\bexceeded (?:the |its )?(?:maximum |max )?(?:run ?time|duration|execution time|wait(?:ing)? time|time limit|timeout)\b/i,
        /\b(?:job|run|task|step|load|export|import|process|operation|wait(?:ing)?)\b[^\n]{0,60}\b(?:timed out|took too long)\b/i,
      ],
      errorOnly: true,
    },
    cause: 'Something did not end within its time, as the error says.',
    nextSteps: ['Find out where the time went: compare with a run in time.', 'Raise the limit only if the work has grown.'],
  },
  {
    name: 'says_no_answer',
    category: 'timeout_error',
    subcategory: 'connection_timeout',
    transient: 'yes',
    weight: 0.72,
    when: {
      text: [
        /\bno (?:response|reply|answer)\b[^\n]{0,60}\b(?:within|after|in) \d|\b(?:did|does) not (?:respond|answer|reply)\b|\btimed? ?out (?:while |when )?(?:waiting|connecting|reading|talking|fetching|calling)\b|\btimeout (?:while|when|of \d|was reached|reached|exceeded)\b/i,
      ],
      errorOnly: true,
    },
    cause: 'A service did not answer in time, as the error says.',
    nextSteps: [
      'Check that the service is up, and how loaded it was at that time.',
      'Retry; raise the timeout only if answers need that long.',
    ],
  },
  {
    name: 'says_not_allowed',
    category: 'permission_error',
    subcategory: 'access_denied',
    transient: 'no',
    weight: 0.76,
    when: {
      text: [
        /\b(?:access|permission) (?:was |is |has been )?(?:denied|refused|revoked)\b|\b(?:not|isn't) (?:allowed|permitted|authori[sz]ed) to\b|\bno (?:permission|access|rights?) (?:to|for|on)\b|\b(?:lacks?|missing|without|do(?:es)? not have|doesn't have) (?:the )?(?:required |necessary )?(?:permissions?|privileges?|access|role|grant|scope)\b/i,
      ],
      errorOnly: true,
    },
    cause: 'The account of the task is not allowed to do this, as the error says.',
    nextSteps: [
      'Ask the owner to allow the account what the task needs, no more.',
      'Check that the task runs with the account that you expect.',
    ],
  },
  {
    name: 'says_login_failed',
    category: 'permission_error',
    subcategory: 'auth_failed',
    transient: 'no',
    weight: 0.76,
    when: {
      text: [
        /\b(?:wrong|bad|invalid|incorrect|unknown|rejected|refused) (?:user ?name|password|credentials?|api[ _-]?key|login|user|secret|token)\b|\b(?:credentials?|password|api[ _-]?key|login|token)\b[^\n]{0,40}\b(?:rejected|refused|not accepted|not valid|invalid|incorrect|revoked)\b|\b(?:authentication|login|sign-?in) (?:has |was |is )?(?:failed|failure|rejected|refused|unsuccessful)\b|\baccount (?:is |was |has been )?(?:locked|disabled|suspended)\b/i,
      ],
      errorOnly: true,
    },
    cause: 'A service did not accept the login of the task, as the error says.',
    nextSteps: [
      'Check the user and the secret of the connection: were they changed, rotated or locked?',
      'Log in with them by hand from the worker.',
    ],
  },
  {
    name: 'says_limit_used_up',
    category: 'dependency_failure',
    subcategory: 'rate_limited',
    transient: 'yes',
    weight,
    when: {
      text: [
        /\b(?:quota|allowance|credits?|budget|contingent)\b[^\n]{0,40}\b(?:exhausted|used up|exceeded|reached|depleted)\b|\btoo many (?:requests|calls|queries|concurrent \w{1,20})\b|\b(?:slow down|back off|try again later)\b|\b(?:rate|request|call|usage) limit\b/i,
      ],
      errorOnly: true,
    },
    cause: 'A service refuses more requests for now, as the error says.',
    nextSteps: [
      'Retry later, with growing delays.',
      'Limit how many tasks call the service at the same time; ask for a higher quota if that is not enough.',
    ],
  },
  {
    name: 'says_service_down',
    category: 'dependency_failure',
    subcategory: 'http_5xx',
    transient: 'yes',
    weight: 0.72,
    when: {
      text: [
        /\b(?:service|server|system|api|backend|endpoint|cluster|host|broker|gateway|database|partner)\b[^\n]{0,40}\b(?:is |was |are |temporarily |currently )(?:\w{1,12} )?(?:unavailable|down|offline|not available|out of service|under maintenance|overloaded|not ready)\b|\bservice unavailable\b|\binternal (?:server )?error\b|\bmaintenance (?:mode|window)\b|\bcircuit breaker\b[^\n]{0,20}\bopen\b/i,
      ],
      errorOnly: true,
    },
    cause: 'A service that the task needs was not available, as the error says.',
    nextSteps: ['Look at the status page or the logs of the service at that time.', 'Retry with delays.'],
  },
  {
    name: 'says_cannot_connect',
    category: 'dependency_failure',
    subcategory: 'connection_refused',
    transient: 'unclear',
    weight: 0.7,
    when: {
      text: [
        /\b(?:can ?not|can't|could not|couldn't|unable to|failed to) (?:connect|reach|establish (?:a )?connection)\b|\bconnection (?:attempt )?(?:to \S{1,120} )?(?:failed|could not be (?:made|established))\b|\bunreachable\b/i,
      ],
      errorOnly: true,
    },
    cause: 'No connection to a server could be made, as the error says.',
    nextSteps: ['Check that the server runs and is reachable from the worker.', 'Check host and port of the connection.'],
  },
  {
    name: 'says_upstream_not_done',
    category: 'dependency_failure',
    subcategory: 'upstream_failed',
    transient: 'unclear',
    weight: 0.72,
    when: {
      text: [
        /\b(?:upstream|previous|preceding|parent|dependent|source) (?:task|job|dag|run|load|step|pipeline|process|system)s?\b[^\n]{0,60}\b(?:failed|not (?:finished|complete|ready|done|run|succeeded)|did not)\b/i,
      ],
      errorOnly: true,
    },
    cause: 'Something that this task rests on has failed or is not done, as the error says.',
    nextSteps: ['Look at what this task rests on: its cause is there.', 'Clear this task when that has succeeded.'],
  },
  {
    name: 'says_input_missing',
    category: 'data_quality',
    subcategory: 'file_missing',
    transient: 'unclear',
    weight,
    when: {
      text: [
        /\b(?:no|zero) (?:\w{1,20} )?(?:files?|objects?|blobs?|input|inputs|partitions?|deliver(?:y|ies)|exports?|attachments?)\b[^\n]{0,60}\b(?:found|arrived|delivered|received|available|present|matched|in)\b/i,
        /\b(?:files?|objects?|blobs?|input|partitions?|deliver(?:y|ies)|exports?|feeds?)\b[^\n]{0,120}\b(?:not (?:found|there|arrived|delivered|present|available|received)|(?:is|are|was|were) (?:missing|absent)|(?:has|have) not (?:yet )?(?:arrived|been (?:delivered|received|written|found))|does not exist|do not exist|missing)\b/i,
      ],
      unless: /\b(?:config|configuration|settings?|columns?|fields?|secret|template|module|dag file)\b/i,
      errorOnly: true,
    },
    cause: 'Input that the task reads is not there, as the error says.',
    nextSteps: [
      'Check whether the task or partner that writes it has done so, and under which date and name.',
      'Wait for it with a sensor, if it may come later.',
    ],
  },
  {
    name: 'says_columns_differ',
    category: 'data_quality',
    subcategory: 'schema_mismatch',
    transient: 'no',
    weight: 0.78,
    when: {
      text: [
        /\b(?:header|columns?|schema|layout|structure|fields?)\b[^\n]{0,60}\b(?:do(?:es)? not match|mismatch|differs?|changed|not as expected|unexpected|missing|not found|removed|renamed)\b|\b(?:unexpected|missing|unknown|extra|additional) (?:header|columns?|fields?|schema)\b|\bexpected (?:columns?|fields?|header)\b|\bschema version\b[^\n]{0,40}\bnot supported\b/i,
      ],
      errorOnly: true,
    },
    cause: 'The data have another form than the code expects, as the error says.',
    nextSteps: [
      'Compare the columns of the input with those that the code names.',
      'Ask the owner of the source for the change.',
    ],
  },
  {
    name: 'says_values_wrong',
    category: 'data_quality',
    subcategory: 'quality_check',
    transient: 'no',
    weight: 0.72,
    when: {
      text: [
        /\b(?:validation|verification|consistency|plausibility|freshness|completeness|integrity|anomaly|threshold|volume) (?:check )?(?:has |have |was |is )?(?:failed|failure|error|violated|not passed|did not pass)\b/i,
        /\b\d{1,12} (?:\w{1,20} )?(?:rows|records|values|lines|orders|events|items|entries)\b[^\n]{0,60}\b(?:invalid|rejected|failed|negative|null|empty|missing|duplicate[ds]?|outside|violate|unknown|orphan(?:ed)?|mismatch)\b/i,
        /\b(?:outside|out of|above|below|exceeds|under) (?:the )?(?:allowed |expected |accepted |permitted )?(?:range|threshold|tolerance|bounds|limit of)\b/i,
      ],
      unless: /\bindex\b/i,
      errorOnly: true,
    },
    cause: 'A check says that the data are not as they should be.',
    nextSteps: ['Compare the numbers in the error with earlier runs.', 'Look at the source and at the task that loaded it.'],
  },
  {
    name: 'says_not_configured',
    category: 'configuration_error',
    subcategory: 'invalid_config',
    transient: 'no',
    weight,
    when: {
      text: [
        /\b(?:config(?:uration)?|settings?|parameters?|options?|arguments?|properties|property)\b[^\n]{0,80}\b(?:(?:is|are|was) (?:missing|required|not set|not defined|invalid|unknown|empty|wrong)|must (?:be (?:set|given|provided|specified|one of)|not be empty)|not (?:found|supported|configured|recogni[sz]ed))\b/i,
        /\b(?:missing|invalid|unknown|unsupported|bad|wrong|required) (?:\w{1,20} )?(?:config(?:uration)?|settings?|parameters?|options?|arguments?|environment name|region|profile)\b/i,
        /\b(?:is|are) not (?:configured|set up|enabled|registered)\b/i,
      ],
      errorOnly: true,
    },
    cause: 'A setting that the task needs is missing or wrong, as the error says.',
    nextSteps: [
      'Read in the message which one, and correct it in the DAG, the connection or the settings.',
      'See what changed since the last success.',
    ],
  },
];
