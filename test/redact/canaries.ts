/** Puts a secret together at run time, so that no file holds what looks like one. */
const from = (...parts: string[]): string => parts.join('');
const run = (alphabet: string, length: number): string =>
  Array.from({ length }, (_, index) => alphabet.charAt((index * 7 + 3) % alphabet.length)).join('');
const hex = (length: number): string => run('0f1e2d3c4b5a6978', length);
const word = (length: number): string => run('aZ3bY4cX5dW6eV7fU8gT9hS', length);
const upper = (length: number): string => run('A3B4C5D6E7F2GHJKLMNP', length);

/** A secret of each shape, by the rule that must find it. */
export const shapedSecrets: readonly (readonly [rule: string, secret: string])[] = [
  ['aws_key', from('AK', 'IA', upper(16))],
  ['aws_key', from('AS', 'IA', upper(16))],
  ['aws_session_token', from('IQoJb3', 'JpZ2lu', word(120))],
  ['aws_bedrock_key', from('AB', 'SK', word(109))],
  ['gcp_api_key', from('AI', 'za', word(35))],
  ['gcp_oauth_token', from('ya', '29.', word(60))],
  ['gcp_client_secret', from('GOC', 'SPX-', word(28))],
  ['azure_storage_key', from(word(76), '+A', 'St', word(5), 'A==')],
  ['azure_client_secret', from('ab1', '8', 'Q~', word(34))],
  ['azure_devops_token', from(word(76), 'AZ', 'DO', word(4))],
  ['digitalocean_token', from('do', 'p_v1_', hex(64))],
  ['github_token', from('gh', 'p_', word(36))],
  ['github_token', from('github', '_pat_', word(22), '_', word(59))],
  ['gitlab_token', from('gl', 'pat-', word(20))],
  ['bitbucket_token', from('AT', 'BB', word(32))],
  ['atlassian_token', from('AT', 'ATT3x', word(180))],
  ['npm_token', from('np', 'm_', word(36))],
  ['pypi_token', from('py', 'pi-AgEIcHlwaS5vcmc', word(80))],
  ['rubygems_token', from('ruby', 'gems_', hex(48))],
  ['docker_token', from('dc', 'kr_pat_', word(27))],
  ['jfrog_token', from('AK', 'Cp', word(69))],
  ['slack_token', from('xo', 'xb-123456789012-', word(24))],
  ['slack_token', from('xa', 'pp-1-A012-', word(24))],
  ['telegram_token', from('123456789', ':AA', word(33))],
  ['sendgrid_key', from('S', 'G.', word(22), '.', word(43))],
  ['mailgun_key', from('ke', 'y-', hex(32))],
  ['mailchimp_key', from(hex(32), '-u', 's12')],
  ['brevo_key', from('xkey', 'sib-', hex(64), '-', word(16))],
  ['twilio_key', from('S', 'K', hex(32))],
  ['databricks_token', from('da', 'pi', hex(32))],
  ['snowflake_token', from('ver:1', '-hint:123456-', word(60))],
  ['dbt_token', from('db', 'tu_', word(40))],
  ['planetscale_token', from('ps', 'cale_tkn_', word(43))],
  ['airtable_token', from('pa', 't', word(14), '.', hex(64))],
  ['notion_token', from('nt', 'n_', word(46))],
  ['prefect_key', from('pn', 'u_', word(36))],
  ['huggingface_token', from('h', 'f_', word(34))],
  ['llm_key', from('s', 'k-ant-api03-', word(80))],
  ['llm_key', from('s', 'k-proj-', word(48))],
  ['groq_key', from('gs', 'k_', word(52))],
  ['stripe_key', from('sk', '_live_', word(24))],
  ['shopify_token', from('sh', 'pat_', hex(32))],
  ['square_token', from('sq', '0atp-', word(22))],
  ['facebook_token', from('EA', 'AB', word(100))],
  ['vault_token', from('hv', 's.', word(24))],
  ['terraform_token', from(word(14), '.atlas', 'v1.', word(67))],
  ['grafana_token', from('gl', 'sa_', word(32), '_', hex(8))],
  ['dynatrace_token', from('dt', '0c01.', upper(24), '.', upper(64))],
  ['newrelic_key', from('NR', 'AK-', upper(27))],
  ['sentry_token', from('sn', 'tryu_', hex(64))],
  ['linear_key', from('li', 'n_api_', word(40))],
  ['elastic_token', from('es', 'su_', word(60))],
  ['age_key', from('AGE-SECRET', '-KEY-1', upper(58))],
  ['jwt', from('ey', 'J', word(20), '.', word(60), '.', word(43))],
  ['fernet_token', from('gAA', 'AAA', word(100), '==')],
];

/** What no shape gives away: only where it stands. */
export const plainSecret = from('hunter', '2-', 'Zx', word(10));

export const pemBlock = (secret: string): string[] => [
  from('-----BEGIN RSA ', 'PRIVATE KEY-----'),
  ...Array.from({ length: 12 }, (_, index) => from(secret, word(50 - index), 'Q')),
  from(secret.slice(0, 6), 'Q=='),
  from('-----END RSA ', 'PRIVATE KEY-----'),
];
