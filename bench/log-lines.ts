import { randomOf, type Random } from '../src/demo/random.ts';

/** What writes a log: the head of its lines, and its messages with what varies in braces. Made up after the manner of well-known systems. */
interface LogSource {
  name: string;
  head: (at: Date, random: Random) => string;
  messages: readonly string[];
}

export interface LabelledLine {
  /** With its head. */
  text: string;
  message: string;
  /** The message it was made from: its true group. */
  truth: string;
}

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');
const clock = (at: Date): string => at.toISOString().slice(11, 19);
const day = (at: Date): string => at.toISOString().slice(0, 10);
const monthNames = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const syslogTime = (at: Date): string => `${monthNames[at.getUTCMonth()]} ${String(at.getUTCDate()).padStart(2)} ${clock(at)}`;
const pick = <Item>(random: Random, items: readonly Item[]): Item => items[Math.floor(random.next() * items.length)] as Item;
const upTo = (random: Random, max: number): number => Math.floor(random.next() * max);
const hexOf = (random: Random, length: number): string => Array.from({ length }, () => upTo(random, 16).toString(16)).join('');

const users = 'root admin guest test oracle postgres alice bob carol dave eve mallory nagios backup www-data'.split(' ');
const words = 'orders customers invoices payments shipments returns stock prices reviews carts sessions clicks'.split(' ');
const hosts = 'db-primary.shop.example cache.shop.example api.partner.example mail.example.org storage.lake.example'.split(' ');
const files = 'load transform export report cleanup merge dedupe validate'.split(' ');

const fills: Readonly<Record<string, (random: Random) => string>> = {
  n: (random) => String(upTo(random, random.chance(0.3) ? 10 : 100_000)),
  big: (random) => `${random.chance(0.5) ? '-' : ''}${upTo(random, 1e15)}`,
  ip: (random) => `10.${upTo(random, 255)}.${upTo(random, 255)}.${upTo(random, 255)}`,
  ipport: (random) => `10.${upTo(random, 255)}.${upTo(random, 255)}.${upTo(random, 255)}:${1024 + upTo(random, 60_000)}`,
  hex: (random) => `0x${hexOf(random, 8)}`,
  hash: (random) => `${hexOf(random, 11)}a7`,
  uuid: (random) => [8, 4, 4, 4, 12].map((length) => hexOf(random, length)).join('-'),
  user: (random) => pick(random, users),
  word: (random) => pick(random, words),
  host: (random) => pick(random, hosts),
  path: (random) => `/data/${pick(random, words)}/${2020 + upTo(random, 6)}/part-${pad(upTo(random, 9999), 5)}.parquet`,
  file: (random) => `/opt/jobs/${pick(random, files)}/${pick(random, words)}.sql`,
  ms: (random) => `${upTo(random, 9000)} ms`,
  size: (random) => `${(random.next() * 900).toFixed(1)} MB`,
  quoted: (random) => `'${pick(random, words)}_${upTo(random, 99)}'`,
  float: (random) => (random.next() * 1000).toFixed(3),
  node: (random) => `R${pad(upTo(random, 60))}-M${upTo(random, 2)}-N${upTo(random, 16).toString(16)}`,
  attempt: (random) =>
    `attempt_14450${upTo(random, 99999)}_0020_${pick(random, ['m', 'r'])}_${pad(upTo(random, 99), 6)}_${upTo(random, 4)}`,
  run: (random) => `scheduled__2026-01-${pad(1 + upTo(random, 28))}T${pad(upTo(random, 24))}:00:00+00:00`,
};

const fill = (message: string, random: Random): string =>
  message.replaceAll(/\{(\w+)\}/g, (whole, name: string) => fills[name]?.(random) ?? whole);

export const sources: readonly LogSource[] = [
  {
    name: 'block storage',
    head: (at, random) =>
      `${day(at).slice(2).replaceAll('-', '')} ${clock(at).replaceAll(':', '')} ${upTo(random, 9999)} INFO store.DataNode$${pick(random, ['Receiver', 'Packet'])}: `,
    messages: [
      'Receiving block blk_{big} src: /{ipport} dest: /{ipport}',
      'Received block blk_{big} of size {n} from /{ip}',
      'Responder {n} for block blk_{big} terminating',
      'Verification succeeded for blk_{big}',
      'Deleting block blk_{big} file /mnt/store/current/subdir{n}/blk_{big}',
      'BLOCK* NameSystem.addStoredBlock: blockMap updated: {ipport} is added to blk_{big} size {n}',
      'BLOCK* NameSystem.allocateBlock: {path}. blk_{big}',
      'BLOCK* ask {ipport} to replicate blk_{big} to datanode(s) {ipport}',
      '{ipport}:Got exception while serving blk_{big} to /{ip}:',
      '{ipport} Served block blk_{big} to /{ip}',
      'Unexpected error trying to delete block blk_{big}. BlockInfo not found in volumeMap.',
    ],
  },
  {
    name: 'ssh',
    head: (at, random) => `${syslogTime(at)} bastion sshd[${upTo(random, 30_000)}]: `,
    messages: [
      'Accepted password for {user} from {ip} port {n} ssh2',
      'Failed password for {user} from {ip} port {n} ssh2',
      'Failed password for invalid user {user} from {ip} port {n} ssh2',
      'Connection closed by {ip} [preauth]',
      'Did not receive identification string from {ip}',
      'Invalid user {user} from {ip}',
      'input_userauth_request: invalid user {user} [preauth]',
      'pam_unix(sshd:auth): check pass; user unknown',
      'pam_unix(sshd:auth): authentication failure; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip}',
      'pam_unix(sshd:session): session opened for user {user} by (uid={n})',
      'pam_unix(sshd:session): session closed for user {user}',
      'Received disconnect from {ip}: {n}: Bye Bye [preauth]',
      'Received disconnect from {ip}: {n}: Closed due to user request. [preauth]',
      'reverse mapping checking getaddrinfo for {host} [{ip}] failed - POSSIBLE BREAK-IN ATTEMPT!',
      'PAM {n} more authentication failures; logname= uid=0 euid=0 tty=ssh ruser= rhost={ip}',
      'fatal: Write failed: Connection reset by peer [preauth]',
    ],
  },
  {
    name: 'spark',
    head: (at, random) =>
      `${day(at).slice(2).replaceAll('-', '/')} ${clock(at)} INFO ${pick(random, ['storage.BlockManager', 'executor.Executor', 'scheduler.TaskSetManager'])}: `,
    messages: [
      'Running task {n}.0 in stage {n}.0 (TID {n})',
      'Finished task {n}.0 in stage {n}.0 (TID {n}). {n} bytes result sent to driver',
      'Got assigned task {n}',
      'Found block rdd_{n}_{n} locally',
      'Block broadcast_{n} stored as values in memory (estimated size {size}, free {size})',
      'Block broadcast_{n}_piece{n} stored as bytes in memory (estimated size {size}, free {size})',
      'Started reading broadcast variable {n}',
      'Reading broadcast variable {n} took {ms}',
      'Partition rdd_{n}_{n} not found, computing it',
      'Input split: hdfs://{ipport}{path}:{n}+{n}',
      'Times: total = {n}, boot = {n}, init = {n}, finish = {n}',
      'Saved output of task {quoted} to hdfs://{ipport}{path}',
      'Removed TaskSet {n}.0, whose tasks have all completed, from pool',
      'Lost executor {n} on {ip}: remote client disassociated',
      'MemoryStore started with capacity {size}',
      'Created local directory at /tmp/blockmgr-{uuid}',
    ],
  },
  {
    name: 'linux',
    head: (at, random) =>
      `${syslogTime(at)} combo ${pick(random, ['kernel', `crond[${upTo(random, 9999)}]`, `ftpd[${upTo(random, 9999)}]`])}: `,
    messages: [
      'authentication failure; logname= uid=0 euid=0 tty=NODEVssh ruser= rhost={ip}',
      'check pass; user unknown',
      'session opened for user {user} by (uid={n})',
      'session closed for user {user}',
      'connection from {ip} ({host}) at Mon Jun 20 03:40:59 2005',
      'ALERT exited abnormally with [{n}]',
      'cupsd startup succeeded',
      'cupsd shutdown succeeded',
      'Memory: {n}k available ({n}k kernel code, {n}k reserved, {n}k data, {n}k init, {n}k highmem)',
      'CPU: L2 cache: {n}K',
      'Out of memory: Killed process {n} (java).',
      'usbcore: registered new driver hub',
      'Dentry cache hash table entries: {n} (order: {n}, {n} bytes)',
      'Kerberos authentication failed',
      'Authentication failed from {ip} ({host}): Permission denied in replay cache code',
      "warning: can't get client address: Connection reset by peer",
      'BIOS-e820: {hex} - {hex} (usable)',
    ],
  },
  {
    name: 'web server',
    head: (at, random) =>
      `[Sun ${monthNames[at.getUTCMonth()]} ${pad(at.getUTCDate())} ${clock(at)} 2026] [${pick(random, ['notice', 'error'])}] `,
    messages: [
      'jk2_init() Found child {n} in scoreboard slot {n}',
      'workerEnv.init() ok /etc/web/conf/workers.properties',
      'mod_jk child workerEnv in error state {n}',
      '[client {ip}] Directory index forbidden by rule: /var/www/html/',
      "jk2_init() Can't find child {n} in scoreboard",
      'mod_jk child init {n} {n}',
    ],
  },
  {
    name: 'quorum',
    head: (at, random) =>
      `${day(at)} ${clock(at)},${pad(upTo(random, 999), 3)} - ${pick(random, ['INFO', 'WARN'])}  [WorkerReceiver[myid=${upTo(random, 5)}]/0:0:0:0:0:0:0:0:2181:Election@${upTo(random, 900)}] - `,
    messages: [
      'Notification time out: {n}',
      'Received connection request /{ipport}',
      'Accepted socket connection from /{ipport}',
      'Closed socket connection for client /{ipport} (no session established for client)',
      'Closed socket connection for client /{ipport} which had sessionid {hex}',
      'Established session {hex} with negotiated timeout {n} for client /{ipport}',
      'Client attempting to establish new session at /{ipport}',
      'Expiring session {hex}, timeout of {n}ms exceeded',
      'Processed session termination for sessionid: {hex}',
      'Cannot open channel to {n} at election address /{ipport}',
      'Connection broken for id {n}, my id = {n}, error =',
      'Interrupting SendWorker',
      'Send worker leaving thread',
      'caught end of stream exception',
      'Exception causing close of session {hex} due to java.io.IOException: not running',
      'tickTime set to {n}',
      'minSessionTimeout set to {n}',
    ],
  },
  {
    name: 'supercomputer',
    head: (at, random) =>
      `- ${Math.floor(at.getTime() / 1000)} ${day(at).replaceAll('-', '.')} ${fills['node']?.(random)} ${day(at)}-${clock(at).replaceAll(':', '.')}.${upTo(random, 999999)} ${fills['node']?.(random)} RAS KERNEL ${pick(random, ['INFO', 'FATAL'])} `,
    messages: [
      'instruction cache parity error corrected',
      'data TLB error interrupt',
      'generating core.{n}',
      '{n} double-hummer alignment exceptions',
      '{n} floating point alignment exceptions',
      'CE sym {n}, at {hex}, mask {hex}',
      'ciod: Error reading message prefix after LOAD_MESSAGE on CioStream socket to {ipport}: Link has been severed',
      'ciod: failed to read message prefix on control stream (CioStream socket to {ipport}',
      'ciod: LOGIN chdir({file}) failed: No such file or directory',
      'ciod: generated {n} core files for program {file}',
      'total of {n} ddr error(s) detected and corrected',
      'total of {n} ddr error(s) detected and corrected over {n} seconds',
      'rts: kernel terminated for reason {n}',
      'rts panic! - stopping execution',
      'machine check enable..............{n}',
      'data address: {hex}',
    ],
  },
  {
    name: 'hadoop',
    head: (at, random) =>
      `${day(at)} ${clock(at)},${pad(upTo(random, 999), 3)} INFO [${pick(random, ['main', 'AsyncDispatcher event handler', `IPC Server handler ${upTo(random, 30)} on 45433`])}] org.apache.mapred.app.${pick(random, ['Master', 'TaskAttempt', 'Allocator'])}: `,
    messages: [
      'Progress of TaskAttempt {attempt} is : {float}',
      '{attempt} TaskAttempt Transitioned from NEW to UNASSIGNED',
      'Assigned container container_{n}_{n}_01_{n} to {attempt}',
      'Received completed container container_{n}_{n}_01_{n}',
      'Diagnostics report from {attempt}: Container killed by the ApplicationMaster.',
      'JVM with ID : jvm_{n}_{n}_m_{n} asked for a task',
      'JVM with ID: jvm_{n}_{n}_m_{n} given task: {attempt}',
      'Task succeeded with attempt {attempt}',
      'Num completed Tasks: {n}',
      'Retrying connect to server: {host}/{ipport}. Already tried {n} time(s); retry policy is RetryUpToMaximumCountWithFixedSleep(maxRetries=10, sleepTime=1000 MILLISECONDS)',
      'Address change detected. Old: {host}/{ipport} New: {host}:9000',
      'Failed to renew lease for [DFSClient_NONMAPREDUCE_{n}_1] for {n} seconds.  Will retry shortly ...',
      'Before Scheduling: PendingReds:{n} ScheduledMaps:{n} ScheduledReds:{n} AssignedMaps:{n} CompletedMaps:{n}',
      'After Scheduling: PendingReds:{n} ScheduledMaps:{n} ScheduledReds:{n} AssignedMaps:{n} CompletedMaps:{n}',
      'Web app /mapreduce started at {n}',
      'ERROR IN CONTACTING RM.',
    ],
  },
  {
    name: 'airflow',
    head: (at, random) =>
      `[${day(at)}T${clock(at)}.${pad(upTo(random, 999), 3)}+0000] {${pick(random, ['taskinstance', 'load', 'sql'])}.py:${upTo(random, 900)}} ${pick(random, ['INFO', 'WARNING'])} - `,
    messages: [
      'Executing <Task(PythonOperator): load_{word}> on {run}',
      'Marking task as SUCCESS. dag_id=shop, task_id=load_{word}, run_id={run}, execution_date=20260105T{n}',
      'Running statement: select * from {word} where day = {quoted}, parameters: None',
      'Rows affected: {n}',
      'Wrote {n} rows to {path} in {ms}',
      'Read {n} rows from {word}',
      'Retrying in {n} seconds, attempt {n} of 5',
      'Connection to {host} lost, trying again',
      'Task exited with return code {n}',
      '{n} downstream tasks scheduled from follow-on schedule check',
      'Started process {n} to run task',
      'Pushing XCom return_value of {size}',
      'GET https://{host}/api/v1/{word}?page={n}&size=100 answered {n} in {ms}',
      'Checksum {hash} of {path} is as expected',
      'No files in {path}, waiting',
    ],
  },
];

/** So many lines of a source, its messages as unevenly frequent as in real logs. */
export function labelledLines(source: LogSource, count: number, seed: number): LabelledLine[] {
  const random = randomOf('bench', 'log', source.name, seed);
  const weights = source.messages.map((_, index) => 1 / (index + 1));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Array.from({ length: count }, (_, index) => {
    let left = random.next() * total;
    const place = weights.findIndex((weight) => (left -= weight) <= 0);
    const truth = source.messages[Math.max(0, place)] as string;
    const message = fill(truth, random);
    return { text: source.head(new Date(1_767_600_000_000 + index * 700), random) + message, message, truth };
  });
}

/** The share of lines whose group is exactly the lines of one message. */
export function groupingAccuracy(lines: readonly LabelledLine[], groups: readonly (number | string)[]): number {
  const byTruth = new Map<string, { groups: Set<number | string>; count: number }>();
  const sizes = new Map<number | string, number>();
  lines.forEach(({ truth }, index) => {
    const group = groups[index] as number | string;
    const seen = byTruth.get(truth) ?? { groups: new Set(), count: 0 };
    seen.groups.add(group);
    seen.count += 1;
    byTruth.set(truth, seen);
    sizes.set(group, (sizes.get(group) ?? 0) + 1);
  });
  let right = 0;
  for (const { groups, count } of byTruth.values()) {
    const [group] = groups;
    if (groups.size === 1 && group !== undefined && sizes.get(group) === count) right += count;
  }
  return right / lines.length;
}
