// Secrets that open nothing, in the shapes real ones have. They exist only while something runs: a fixture holds a marker instead
// of each, which the loader replaces again, so that neither this file nor a fixture holds anything that looks like a secret.
import { createHash } from 'node:crypto';

const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';
const HEX = '0123456789abcdef';
const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** Characters that follow from the name alone. */
function characters(name: string, length: number, alphabet = LETTERS): string {
  let text = '';
  for (let round = 0; text.length < length; round += 1) {
    for (const byte of createHash('sha256').update(`canary ${name} ${round}`).digest()) text += alphabet[byte % alphabet.length];
  }
  return text.slice(0, length);
}

/** A prefix that would alarm scanners if it stood here whole. */
const parts = (...all: string[]): string => all.join('');

const base64Url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
const pemLabel = ['RSA', 'PRIVATE', 'KEY'].join(' ');
const dashes = '-'.repeat(5);

/** How the secret of each shape is made, and a line of a log that gives it away (`S` stands for it). */
const shapes = {
  uri_userinfo: [
    () => `${characters('uri', 9)}@${characters('uri2', 5)}`,
    'Connecting to postgresql://etl:S@db.mart.internal:5432/mart',
  ],
  uri_userinfo_amqp: [() => characters('amqp', 16), 'broker: amqps://worker:S@queue.mart.internal:5671//'],
  aws_access_key: [
    () => `${parts('AK', 'IA')}${characters('aws', 16, UPPER)}`,
    'using credentials S from shared-credentials-file',
  ],
  aws_secret_key: [() => characters('awssecret', 40), 'env: AWS_SECRET_ACCESS_KEY=S AWS_REGION=eu-central-1'],
  jwt: [
    () => [base64Url({ alg: 'HS256' }), base64Url({ sub: 'etl', n: 7 }), characters('jwt', 43)].join('.'),
    'session opened: S',
  ],
  bearer: [() => characters('bearer', 40), '> Authorization: Bearer S'],
  basic: [() => Buffer.from(`etl:${characters('basic', 12)}`).toString('base64'), '> Authorization: Basic S'],
  cookie: [() => characters('cookie', 32), '> Cookie: session=S; theme=dark'],
  pem: [
    () =>
      [
        `${dashes}BEGIN ${pemLabel}${dashes}`,
        ...[1, 2, 3].map((row) => characters(`pem${row}`, 64)),
        `${dashes}END ${pemLabel}${dashes}`,
      ].join('\n'),
    'loaded key\nS\nof service user',
  ],
  gcp_api_key: [() => `${parts('AI', 'za')}${characters('gcp', 35)}`, 'GET /maps/api/geocode?address=Bonn&key=S'],
  gcp_service_account: [() => characters('gsa', 40, HEX), 'keyfile_dict: {"type": "service_account", "private_key_id": "S"}'],
  slack_token: [
    () => `${parts('xo', 'xb')}-${characters('slack', 11, '0123456789')}-${characters('slack2', 24)}`,
    'slack client ready (S)',
  ],
  slack_webhook: [
    () => `T${characters('hook', 8, UPPER)}/B${characters('hook2', 8, UPPER)}/${characters('hook3', 24)}`,
    'notify: https://hooks.slack.com/services/S',
  ],
  github_token: [() => `${parts('gh', 'p_')}${characters('github', 36)}`, 'git clone https://S@github.com/kestrel/models'],
  github_fine_grained: [
    () => `${parts('github', '_pat_')}${characters('ghfine', 22)}_${characters('ghfine2', 59)}`,
    'GIT_AUTH: S',
  ],
  gitlab_token: [() => `${parts('gl', 'pat-')}${characters('gitlab', 20)}`, 'fetching artifact with S'],
  openai_key: [() => `${parts('s', 'k-')}${characters('openai', 48)}`, 'client configured with S'],
  anthropic_key: [() => `${parts('s', 'k-ant-api03-')}${characters('anthropic', 60)}`, 'client configured with S'],
  databricks: [() => `${parts('da', 'pi')}${characters('dapi', 32, HEX)}`, 'databricks workspace token S'],
  huggingface: [() => `${parts('h', 'f_')}${characters('hf', 34)}`, 'hub login as S'],
  npm_token: [() => `${parts('np', 'm_')}${characters('npm', 36)}`, '//registry.npmjs.org/:_authToken=S'],
  pypi_token: [() => `${parts('py', 'pi-')}${characters('pypi', 60)}`, 'uploading with S'],
  azure_account_key: [
    () => `${characters('azure', 86)}==`,
    'DefaultEndpointsProtocol=https;AccountName=mart;AccountKey=S;EndpointSuffix=core.windows.net',
  ],
  azure_sas: [() => `${characters('sas', 43)}%3D`, 'PUT https://mart.blob.core.windows.net/raw/1.json?sv=2023-11-03&sp=rw&sig=S'],
  key_json: [() => characters('json', 18), 'request body: {"user": "etl", "password": "S", "region": "eu"}'],
  key_yaml: [() => characters('yaml', 18), 'settings:\n  user: etl\n  api_key: S\n  region: eu'],
  key_python: [() => characters('python', 18), "conn_params={'user': 'etl', 'passwd': 'S', 'port': 5432}"],
  key_flag: [() => characters('flag', 18), '+ mart-cli load --user etl --password S --table days'],
  key_environment: [() => characters('pg', 18), '+ PGPASSWORD=S pg_dump -h db.mart.internal mart'],
  key_dsn: [() => characters('dsn', 18), 'dsn: host=db.mart.internal user=etl password=S dbname=mart'],
} satisfies Record<string, [() => string, string]>;

export type Canary = keyof typeof shapes;
export const CANARIES = Object.keys(shapes).filter((name): name is Canary => name in shapes);

/** The secret itself. */
export const secretOf = (canary: Canary): string => shapes[canary][0]();

/** A line (or a few) of a log that gives the secret away. */
export const leakOf = (canary: Canary): string => shapes[canary][1].replace(/\bS\b/, () => secretOf(canary));

/** What must be in nothing that Windsock keeps, shows or sends: the secret's telling parts. */
export function fragmentsOf(canary: Canary): string[] {
  const secret = secretOf(canary);
  return secret.includes('\n') ? secret.split('\n').slice(1, -1) : [secret];
}

const escaped = (text: string): string => JSON.stringify(text).slice(1, -1);

/** `text` with a marker in place of each canary. */
export function hideCanaries(text: string): string {
  let hidden = text;
  for (const canary of CANARIES) {
    const secret = secretOf(canary);
    hidden = hidden.replaceAll(secret, `‹canary:${canary}›`).replaceAll(escaped(secret), `‹canary:${canary}:json›`);
  }
  return hidden;
}

/** `text` with the canaries back in place of their markers. */
export function showCanaries(text: string): string {
  return text.replaceAll(/‹canary:(\w+)(:json)?›/g, (marker, name: string, json: string | undefined) => {
    const canary = CANARIES.find((known) => known === name);
    if (canary === undefined) throw new Error(`no such canary: ${marker}`);
    return json === undefined ? secretOf(canary) : escaped(secretOf(canary));
  });
}

/** The canaries whose markers stand in `text`. */
export const canariesIn = (text: string): Canary[] => CANARIES.filter((canary) => text.includes(`‹canary:${canary}`));
