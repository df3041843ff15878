import { folded } from './visible.ts';

const shell = String.raw`(?:ba|z|k|da|fi)?sh\b`;

/** Commands that delete, stop, overwrite or hand over: none is ever advised, whatever is wrong. */
const commands: readonly RegExp[] = [
  // Files, disks, processes, machines.
  /\b(?:rm|unlink|shred|srm)\s+(?:-\S+\s+|["'~/*.$])/i,
  /\brm\s+-?\w*[rf]/i,
  /\b(?:rmdir|mkfs(?:\.\w+)?|wipefs|fdisk|parted|blkdiscard)\b/i,
  /\bfind\b.{0,200}\s-(?:delete|exec)\b/i,
  /\bdd\b.{0,60}\bof=/i,
  />\s?\/dev\/(?:sd|nvme|hd|vd|mem)/i,
  /\btruncate\s+(?:-s|--size)/i,
  /\b(?:chmod|chown)\s+(?:-R|--recursive|0?777|a\+)/i,
  /\b(?:kill\s+-(?:9|KILL|SIGKILL)|killall|pkill)\b/i,
  /\b(?:shutdown|reboot|halt|poweroff|init\s+0)\s*(?:-|now|\bhost|$)/i,
  /\bsystemctl\s+(?:stop|disable|mask|kill|isolate|poweroff|reboot)\b/i,
  /\b(?:service|initctl|supervisorctl)\s+(?:\S+\s+stop|stop\s+\S+)\b/i,
  /\b(?:iptables|nft|ufw)\s+(?:-F|--flush|flush|disable|delete)\b/i,
  /\b(?:userdel|usermod|passwd|visudo|crontab\s+-r)\b(?=\s|$)/i,
  // What is fetched, hidden or taken from outside, and run.
  new RegExp(
    String.raw`\b(?:curl|wget|fetch|iwr|invoke-webrequest)\b.{0,300}\|\s*(?:sudo\s+)?(?:${shell}|python|perl|ruby|node|iex)`,
    'i',
  ),
  new RegExp(String.raw`\b${shell}\s*(?:-c\s*)?["']?(?:<\(|\$\()\s*(?:curl|wget)`, 'i'),
  new RegExp(String.raw`\bbase64\b.{0,100}\|\s*(?:sudo\s+)?(?:${shell}|python|perl)`, 'i'),
  /\b(?:eval|exec)\s*(?:\(|"\$\(|\$\()/i,
  /\bpip3?\s+install\s+(?:--\S+\s+)*(?:git\+|https?:)/i,
  /:\s*\(\s*\)\s*\{.*\|.*&\s*\}/,
  // SQL and stores.
  /\bdrop\s+(?:if\s+exists\s+)?(?:table|database|schema|view|materialized|index|user|role|column|sequence|type|function|extension|tablespace|owned|partition|constraint|keyspace|collection|trigger)\b/i,
  /\btruncate\s+(?:table\s+)?(?:only\s+)?["'`]?[\w.]+/i,
  /\bdelete\s+from\s+["'`]?[\w."'`]+["'`]?\s*(?:;|$|["'`)]|(?!.{0,200}\bwhere\b))/i,
  /\bupdate\s+["'`]?[\w.]+["'`]?\s+set\b(?!.{0,300}\bwhere\b)/i,
  /\balter\s+(?:table|database|user|role|system)\b/i,
  /\bgrant\s+all\b/i,
  /\b(?:dropdb|dropuser|pg_resetwal|pg_dropcluster|flushall|flushdb|db\.dropDatabase|\.drop\(\))\b/i,
  // Airflow, Kubernetes, clouds.
  /\bairflow\s+db\s+(?:reset|clean|downgrade|drop-archived|drop|init|upgrade|migrate)\b/i,
  /\bairflow\s+(?:dags|connections|variables|pools|users|tasks|roles)\s+(?:delete|clear|import)\b/i,
  /\bkubectl\s+(?:delete|drain|cordon|replace|patch|exec|scale|rollout\s+undo|apply)\b/i,
  /\bhelm\s+(?:uninstall|delete|rollback)\b/i,
  /\b(?:docker|podman|crictl|nerdctl)\s+(?:rm|rmi|kill|stop|(?:system|volume|image|container|network)\s+(?:prune|rm))\b/i,
  /\b(?:terraform|tofu|pulumi)\s+(?:destroy|apply)\b/i,
  /\baws\s+\S+\s+(?:rm|rb|delete\S*|terminate\S*|remove\S*)\b/i,
  /\b(?:gcloud|az|gsutil|bq|databricks)\b.{0,80}\s(?:delete|rm|rb|destroy|purge)\b/i,
  /\bhdfs\s+dfs\s+-(?:rm|expunge)|\bhadoop\s+fs\s+-rm/i,
  /\bgit\s+(?:push\s+.{0,60}(?:--force|-f\b)|reset\s+--hard|clean\s+-\w*f)/i,
  /\b(?:Remove-Item|Format-Volume|Stop-Service|del\s+\/[sfq])\b/i,
  // The same in words.
  /\b(?:delet|drop|truncat|wip|purg|destroy|eras|format|reset|reinitiali[sz]|nuk)(?:e|es|ing|ping|s)?\s+(?:(?:the|all|your|its|this|that|whole|entire|complete|production|prod|metadata|airflow|\w+)\s+){0,3}(?:databases?|namespaces?|schemas?|tables?|volumes?|clusters?|buckets?|disks?|partitions?|file ?systems?|backups?|metadata|production)\b/i,
  /\b(?:disable|turn off|switch off|stop)\s+(?:(?:the|all|your)\s+)?(?:\w+\s+)?(?:firewall|tls|ssl|certificate|authentication|antivirus|audit|monitoring|logging|backups?|encryption)\b/i,
  /\b(?:post|paste|send|upload|share|publish|e-?mail)\s+(?:\w+\s+){0,3}(?:passwords?|credentials?|tokens?|secrets?|api keys?|private keys?)\b/i,
];

/** The parts of a text that are commands or advice that do harm; empty: there are none. */
export function dangersIn(text: string): string[] {
  const plain = folded(text)
    .normalize('NFKC')
    .replaceAll(/\\(?=\w)/g, '');
  const unquoted = plain.replaceAll(/["'`]/g, '');
  return commands.flatMap((command) => foundIn(plain, command) ?? foundIn(unquoted, command) ?? []);
}

/** What a pattern finds, with what it is to be done to. */
function foundIn(text: string, command: RegExp): string | undefined {
  const found = command.exec(text);
  if (found === null) return undefined;
  const end = found.index + found[0].length;
  const object = /^\s*\S+/.exec(text.slice(end))?.[0] ?? '';
  return `${found[0]}${object}`.trim().replace(/[.,;:!?)]+$/, '');
}

export const isDangerous = (text: string): boolean => dangersIn(text).length > 0;
