import type { Mark } from './gone.ts';

/** A secret that is known by its looks. */
export interface TokenShape {
  rule: string;
  /** One of these stands in every text that holds such a secret: a search that costs next to nothing. */
  hints: readonly string[];
  /** Group 1, where there is one, stays. Every repetition ends at what it cannot hold and begins where a run begins: linear time. */
  pattern: RegExp;
}

const shape = (rule: string, hint: string, pattern: RegExp): TokenShape => ({ rule, hints: hint.split(' '), pattern });

/** Formats that their makers document, or that leaked ones show. No entropy, no guessing: a hash or a UUID is none of these. */
export const tokenShapes: readonly TokenShape[] = [
  // Clouds
  shape('aws_key', 'AKIA ASIA ABIA ACCA', /(?<![A-Za-z0-9])(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])/g),
  shape('aws_session_token', 'FwoGZXIvYXdz IQoJb3JpZ2lu', /(?:FwoGZXIvYXdz|IQoJb3JpZ2lu)[A-Za-z0-9+/=%]{40,}/g),
  shape('aws_bedrock_key', 'ABSK bedrock-api-key-', /(?<![A-Za-z0-9])(?:ABSK|bedrock-api-key-)[A-Za-z0-9+/=]{60,}/g),
  shape('gcp_api_key', 'AIza', /(?<![\w-])AIza[\w-]{35}(?![\w-])/g),
  shape('gcp_oauth_token', 'ya29. 1//0', /(?<![\w-])(?:ya29\.[\w.-]{20,}|1\/\/0[\w-]{30,})/g),
  shape('gcp_client_secret', 'GOCSPX-', /(?<![\w-])GOCSPX-[\w-]{20,}/g),
  shape('azure_storage_key', '+ASt +AMC +ABa APIM ACDb', /[\w+/]{76}(?:APIM|ACDb|\+(?:ABa|AMC|ASt))[\w+/]{5}[AQgw]==/g),
  shape('azure_client_secret', 'Q~', /(?<![\w.~-])[\w.~]{3}\dQ~[\w.~-]{31,34}(?![\w.~-])/g),
  shape('azure_sas', 'sig=', /([?&;]sig=)(?!‹|\[redacted)[\w%+/=.~-]{10,}/g),
  shape('azure_devops_token', 'AZDO', /[A-Za-z0-9]{76}AZDO[A-Za-z0-9]{4}/g),
  shape('digitalocean_token', '_v1_', /(?<!\w)do[opr]_v1_[0-9a-f]{64}/g),
  shape('url_signature', 'ignature=', /([?&;](?:x-amz-|x-goog-)?signature=)(?!‹|\[redacted)[\w%+/=.~-]{10,}/gi),
  // Code and packages
  shape('github_token', 'ghp_ gho_ ghu_ ghs_ ghr_ github_pat_', /(?<![A-Za-z0-9])(?:gh[pousr]_\w{20,}|github_pat_\w{20,})/g),
  shape('gitlab_token', 'gl', /(?<![A-Za-z0-9])gl(?:pat|ptt|rt|rtr|dt|cbt|ft|agent|oas|soat|imt|ffct)-[\w.-]{16,}/g),
  shape('bitbucket_token', 'ATBB ATCTT3', /(?<![A-Za-z0-9])(?:ATBB[A-Za-z0-9]{28,}|ATCTT3[\w=-]{20,})/g),
  shape('atlassian_token', 'ATATT3', /(?<![A-Za-z0-9])ATATT3[\w=+/.-]{20,}/g),
  shape('npm_token', 'npm_', /(?<![A-Za-z0-9])npm_[A-Za-z0-9]{30,}/g),
  shape('pypi_token', 'pypi-', /(?<![A-Za-z0-9])pypi-(?:Ag[\w-]{20,}|\w{40,})/g),
  shape('rubygems_token', 'rubygems_', /(?<![A-Za-z0-9])rubygems_[0-9a-f]{48}/g),
  shape('docker_token', 'dckr_', /(?<![A-Za-z0-9])dckr_(?:pat|oat)_[\w-]{20,}/g),
  shape('jfrog_token', 'AKCp cmVmdGtu', /(?<![A-Za-z0-9])(?:AKCp[A-Za-z0-9]{60,}|cmVmdGtu[A-Za-z0-9]{50,})/g),
  // Chats and mail
  shape('slack_token', 'xox xapp-', /(?<![A-Za-z0-9])(?:xox[abeoprs][.-][\w.-]{10,}|xapp-[\w-]{10,})/g),
  shape('slack_webhook', 'hooks.slack', /(hooks\.slack(?:-gov)?\.com\/(?:services|workflows|triggers)\/)[\w/-]{10,}/g),
  shape('discord_webhook', '/api/webhooks/', /(discord(?:app)?\.com\/api\/webhooks\/)[\w/-]{10,}/g),
  shape('teams_webhook', 'webhook.office.com', /(webhook\.office\.com\/)[\w/@-]{10,}/g),
  shape('telegram_token', ':AA', /(?<!\d)\d{8,10}:AA[\w-]{32,34}(?![\w-])/g),
  shape('sendgrid_key', 'SG.', /(?<![A-Za-z0-9])SG\.[\w-]{16,}\.[\w-]{16,}/g),
  shape('mailgun_key', 'key-', /(?<![\w-])key-[0-9a-f]{32}(?![\w-])/g),
  shape('mailchimp_key', '-us', /(?<![A-Za-z0-9])[0-9a-f]{32}-us\d{1,2}(?!\w)/g),
  shape('brevo_key', 'xkeysib- xsmtpsib-', /(?<![A-Za-z0-9])x(?:keysib|smtpsib)-[\w-]{40,}/g),
  shape('twilio_key', 'SK', /(?<![A-Za-z0-9])SK[0-9a-f]{32}(?![A-Za-z0-9])/g),
  // Data and models
  shape('databricks_token', 'dapi dkea dose', /(?<![A-Za-z0-9])(?:dapi|dkea|dose)[0-9a-f]{32}(?:-\d{1,2})?(?![A-Za-z0-9])/g),
  shape('snowflake_token', '-hint:', /ver:\d{1,3}-hint:\d{1,20}-[\w+/=-]{20,}/g),
  shape('dbt_token', 'dbtc_ dbtu_', /(?<![A-Za-z0-9])dbt[cu]_[\w-]{20,}/g),
  shape('planetscale_token', 'pscale_', /(?<![A-Za-z0-9])pscale_(?:tkn|pw|oauth)_[\w.-]{20,}/g),
  shape('airtable_token', 'pat', /(?<![A-Za-z0-9])pat[A-Za-z0-9]{14}\.[0-9a-f]{64}/g),
  shape('notion_token', 'ntn_', /(?<![A-Za-z0-9])ntn_[A-Za-z0-9]{40,}/g),
  shape('prefect_key', 'pnu_ pnb_', /(?<![A-Za-z0-9])pn[ub]_[A-Za-z0-9]{36}/g),
  shape('huggingface_token', 'hf_', /(?<![A-Za-z0-9])hf_[A-Za-z0-9]{30,}/g),
  shape('llm_key', 'sk-', /(?<![A-Za-z0-9-])sk-(?=[\w-]{0,100}\d)[\w-]{20,}/g),
  shape('groq_key', 'gsk_ xai-', /(?<![A-Za-z0-9])(?:gsk_[A-Za-z0-9]{40,}|xai-[A-Za-z0-9]{60,})/g),
  // Platforms
  shape('stripe_key', 'k_live_ k_test_ whsec_', /(?<![A-Za-z0-9])(?:[srp]k_(?:live|test)_\w{10,}|whsec_[\w+/=]{20,})/g),
  shape('shopify_token', 'shp', /(?<![A-Za-z0-9])shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}/g),
  shape('square_token', 'sq0', /(?<![A-Za-z0-9])sq0(?:atp|csp|idp)-[\w-]{22,}/g),
  shape('facebook_token', 'EAA', /(?<![A-Za-z0-9])EAA[A-Za-z0-9]{80,}/g),
  shape('vault_token', 'hvs. hvb. hvr.', /(?<![A-Za-z0-9])hv[sbr]\.[\w-]{20,}/g),
  shape('terraform_token', '.atlasv1.', /[A-Za-z0-9]{14}\.atlasv1\.[\w-]{40,}/g),
  shape('grafana_token', 'glc_ glsa_', /(?<![A-Za-z0-9])(?:glc_[\w+/=]{32,}|glsa_\w{30,})/g),
  shape('dynatrace_token', 'dt0', /(?<![A-Za-z0-9])dt0[a-z]\d\d\.[A-Z0-9]{24}\.[A-Z0-9]{64}/g),
  shape('newrelic_key', 'NRAK- NRAL NRII-', /(?<![A-Za-z0-9])(?:NR(?:AK|II)-[\w-]{20,}|[0-9a-f]{36}NRAL)/g),
  shape('sentry_token', 'sntry', /(?<![A-Za-z0-9])sntry(?:s_eyJ[\w+/=-]{20,}|u_[0-9a-f]{64})/g),
  shape('linear_key', 'lin_', /(?<![A-Za-z0-9])lin_(?:api|oauth)_[A-Za-z0-9]{32,}/g),
  shape('elastic_token', 'essu_', /(?<![A-Za-z0-9])essu_[\w+/=]{40,}/g),
  shape('age_key', 'AGE-SECRET-KEY-1', /AGE-SECRET-KEY-1[A-Z0-9]{50,}/g),
  // Formats
  shape('jwt', 'eyJ', /(?<![\w-])eyJ[\w-]{8,}\.[\w-]{4,}(?:\.[\w-]*){0,3}/g),
  shape('fernet_token', 'gAAAAA', /(?<![\w-])gAAAAA[\w-]{60,}=*/g),
  // Words after "basic" and "bearer" that are plain English: "basic authentication" names no secret.
  shape(
    'authorization',
    'earer asic EARER ASIC',
    /\b((?:[Bb]earer|[Bb]asic|BEARER|BASIC)[ ]{1,3})(?![A-Za-z][a-z]*(?![\w.~+/=-]))[\w.~+/=-]{8,}/g,
  ),
];

/** `text` without the secrets that are known by their looks. */
export function redactShapes(text: string, mark: Mark): string {
  let rest = text;
  for (const { rule, hints, pattern } of tokenShapes) {
    if (!hints.some((hint) => rest.includes(hint))) continue;
    rest = rest.replace(pattern, (all: string, group: unknown) =>
      typeof group === 'string' ? group + mark(rule, all.slice(group.length)) : mark(rule, all),
    );
  }
  return rest;
}
