/** A code by which a system names an error, and the line that holds it. */
export interface ErrorCodeFound {
  kind: 'sqlstate' | 'http' | 'grpc' | 'exit' | 'signal' | 'errno';
  /** `23505`, `503`, `UNAVAILABLE`, `137`, `SIGKILL`, `28`. */
  value: string;
  line: number;
}

const sqlStates: Readonly<Record<string, string>> = {
  UniqueViolation: '23505',
  NotNullViolation: '23502',
  ForeignKeyViolation: '23503',
  CheckViolation: '23514',
  UndefinedTable: '42P01',
  UndefinedColumn: '42703',
  UndefinedFunction: '42883',
  DuplicateTable: '42P07',
  SyntaxError: '42601',
  InsufficientPrivilege: '42501',
  DeadlockDetected: '40P01',
  SerializationFailure: '40001',
  LockNotAvailable: '55P03',
  QueryCanceled: '57014',
  AdminShutdown: '57P01',
  CannotConnectNow: '57P03',
  TooManyConnections: '53300',
  DiskFull: '53100',
  OutOfMemory: '53200',
  StringDataRightTruncation: '22001',
  NumericValueOutOfRange: '22003',
  InvalidTextRepresentation: '22P02',
  DatetimeFieldOverflow: '22008',
  InvalidDatetimeFormat: '22007',
  DivisionByZero: '22012',
  InvalidPassword: '28P01',
  InvalidCatalogName: '3D000',
  InvalidSchemaName: '3F000',
  ReadOnlySqlTransaction: '25006',
  IdleInTransactionSessionTimeout: '25P03',
};
const grpcCodes = [
  'CANCELLED INVALID_ARGUMENT DEADLINE_EXCEEDED NOT_FOUND ALREADY_EXISTS PERMISSION_DENIED RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION ABORTED OUT_OF_RANGE UNIMPLEMENTED INTERNAL UNAVAILABLE DATA_LOSS UNAUTHENTICATED UNKNOWN',
]
  .join(' ')
  .split(' ');
const grpc = `(${grpcCodes.join('|')})`;

type Reader = (found: RegExpExecArray) => string | undefined;
const captured: Reader = ([, value]) => value;
/** Words that say a number is the end of a process. */
const ended = String.raw`(?:exit(?:ed)?(?:ing)?(?: with)?(?: (?:status|code|value))?|return(?:ed)?(?:ing)?(?: with)?(?: (?:a |an )?(?:non-?zero )?(?:exit )?(?:status|code))|exitCode|exit_code|returncode|StatusCode|Error code is)`;

const patterns: readonly (readonly [ErrorCodeFound['kind'], RegExp, Reader])[] = [
  [
    'sqlstate',
    /\bpsycopg2?\.errors\.([A-Za-z]{4,50})\b/,
    ([, name = '']) => (Object.hasOwn(sqlStates, name) ? sqlStates[name] : undefined),
  ],
  ['sqlstate', /\bSQL ?-?STATE\b[ :=[('"]{0,4}([0-9A-Z]{5})\b/i, captured],
  ['sqlstate', /^\(?(?:[\w.]{0,80}: )?\d{6} \(([0-9A-Z]{5})\)/, captured],
  ['http', /\bHTTP(?:\/[123](?:\.\d)?)?(?: ?(?:status|error|code|response)){0,3}[ :=]{1,3}([45]\d\d)\b/i, captured],
  ['http', /\b(?:status(?:[ _]?code)?|response code)["']?[ :=]{1,3}(?:HTTP )?([45]\d\d)\b/i, captured],
  ['http', /\b([45]\d\d) (?:Client|Server) Error\b/, captured],
  [
    'http',
    /\b(4(?:0[0-9]|1[0-8]|2[0-9]|31|51)|50[0-8])(?: |: ?)(?:Bad Request|Unauthorized|Forbidden|Not Found|Method Not Allowed|Request Timeout|Conflict|Gone|Payload Too Large|Too Many Requests|Unprocessable Entity|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Timeout)\b/i,
    captured,
  ],
  [
    'grpc',
    new RegExp(String.raw`\b(?:StatusCode\.|status ?= ?(?:StatusCode\.)?|grpc_status["']?: ?["']?|rpc error: code = )${grpc}\b`),
    captured,
  ],
  ['exit', new RegExp(String.raw`\b${ended}[ :='"]{1,4}(-?\d{1,3})\b`, 'i'), captured],
  ['signal', /\b(SIG(?:KILL|TERM|SEGV|ABRT|INT|BUS|PIPE|HUP|XCPU|ILL|FPE))\b/, captured],
  ['signal', /\bSignals\.(SIG[A-Z]{3,5})\b/, captured],
  ['signal', /\b(OOMKilled)\b/, () => 'SIGKILL'],
  ['errno', /\[Errno (-?\d{1,5})\]/, captured],
];
/** What a line must hold to be looked at: most hold none of it. */
const hint = /SQL|\d\d\d|SIG|OOMKilled|StatusCode|grpc|rpc error|errors\.|Errno|exit|return|status|code/i;

/** The codes on a line, at most one of a kind; an exit code 0 is no error, and one that tells a signal tells it too. */
export function findCodes(text: string, line: number): ErrorCodeFound[] {
  if (!hint.test(text)) return [];
  const found: ErrorCodeFound[] = [];
  for (const [kind, pattern, read] of patterns) {
    if (found.some((each) => each.kind === kind)) continue;
    const match = pattern.exec(text);
    const value = match === null ? undefined : read(match);
    if (value !== undefined && !(kind === 'exit' && Number(value) === 0)) found.push({ kind, value, line });
  }
  const exit = found.find(({ kind }) => kind === 'exit');
  const signal = exit === undefined ? undefined : signalOfExit(Number(exit.value));
  if (signal !== undefined && !found.some(({ kind }) => kind === 'signal')) found.push({ kind: 'signal', value: signal, line });
  return found;
}

/** `SIGKILL` for exit codes -9 and 137; undefined for codes that are no signal. */
function signalOfExit(code: number): string | undefined {
  const number = code < 0 ? -code : code > 128 && code < 160 ? code - 128 : 0;
  return (
    { 1: 'SIGHUP', 2: 'SIGINT', 6: 'SIGABRT', 7: 'SIGBUS', 9: 'SIGKILL', 11: 'SIGSEGV', 13: 'SIGPIPE', 15: 'SIGTERM' } as Record<
      number,
      string
    >
  )[number];
}
