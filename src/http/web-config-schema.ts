import { z } from 'zod';

// The format of Prometheus' exporter-toolkit, docs/web-configuration.md there. What Windsock does not do is refused by name.

const refusal = (message: string) => z.never({ error: message }).optional();

const pem = z.string().min(1);
const path = z.string().min(1);

/** Go's names, as the format has them → OpenSSL's. TLS 1.3 has its own three, always on. */
export const cipherNames = {
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
} as const;
const cipherName = z.enum(Object.keys(cipherNames) as [keyof typeof cipherNames, ...(keyof typeof cipherNames)[]], {
  error: `is none of ${Object.keys(cipherNames).join(', ')}`,
});

export const curveNames = { CurveP256: 'P-256', CurveP384: 'P-384', CurveP521: 'P-521', X25519: 'X25519' } as const;
const curveName = z.enum(['CurveP256', 'CurveP384', 'CurveP521', 'X25519'], {
  error: 'is none of CurveP256, CurveP384, CurveP521, X25519',
});

const tlsVersion = z.enum(['TLS12', 'TLS13'], {
  error: ({ input }) =>
    input === 'TLS10' || input === 'TLS11'
      ? 'is too old to be safe; write TLS12 or TLS13'
      : 'is no TLS version; write TLS12 or TLS13',
});

const clientAuthTypes = [
  'NoClientCert',
  'RequestClientCert',
  'RequireClientCert',
  'RequireAnyClientCert',
  'VerifyClientCertIfGiven',
  'RequireAndVerifyClientCert',
] as const;

const tlsServerConfig = z
  .strictObject({
    cert: pem.optional(),
    key: pem.optional(),
    client_ca: pem.optional(),
    cert_file: path.optional(),
    key_file: path.optional(),
    client_ca_file: path.optional(),
    client_auth_type: z.enum(clientAuthTypes, { error: `is none of ${clientAuthTypes.join(', ')}` }).default('NoClientCert'),
    client_allowed_sans: z.array(z.string().min(1)).min(1).optional(),
    min_version: tlsVersion.default('TLS12'),
    max_version: tlsVersion.default('TLS13'),
    cipher_suites: z.array(cipherName).default([]),
    prefer_server_cipher_suites: z.boolean().default(true),
    curve_preferences: z.array(curveName).default([]),
  })
  .superRefine((tls, context) => {
    const fault = (key: string, message: string) => context.addIssue({ code: 'custom', path: [key], message });
    const given = (name: 'cert' | 'key' | 'client_ca') => tls[name] !== undefined || tls[`${name}_file`] !== undefined;
    for (const name of ['cert', 'key', 'client_ca'] as const) {
      if (tls[name] !== undefined && tls[`${name}_file`] !== undefined) fault(name, `is set and so is ${name}_file; keep one`);
    }
    if (!given('cert')) fault('cert_file', 'is missing: TLS needs a certificate');
    if (!given('key')) fault('key_file', 'is missing: TLS needs the key of its certificate');
    const verifies = tls.client_auth_type === 'VerifyClientCertIfGiven' || tls.client_auth_type === 'RequireAndVerifyClientCert';
    const requires = tls.client_auth_type.startsWith('Require');
    if (verifies && !given('client_ca'))
      fault('client_ca_file', `is missing: ${tls.client_auth_type} needs the CA of the clients`);
    if (!verifies && given('client_ca'))
      fault('client_auth_type', 'is not set to verify clients, so their CA would mean nothing; write RequireAndVerifyClientCert');
    if (tls.client_allowed_sans !== undefined && !requires)
      fault('client_allowed_sans', 'means nothing unless client_auth_type requires a certificate');
    if (tls.min_version === 'TLS13' && tls.max_version === 'TLS12') fault('max_version', 'is lower than min_version');
  });

const headerText = z.string().regex(/^[\t\x20-\x7e]*$/, 'must be one line of printable ASCII');
const oneOf = (...values: string[]) => z.enum(['', ...values], { error: `must be ${values.join(' or ')}` });

const httpServerConfig = z.strictObject({
  http2: z
    .literal(false, { error: 'cannot be true: Windsock speaks HTTP/1.1, over TLS too; leave it out or set it to false' })
    .optional(),
  headers: z
    .strictObject({
      'Content-Security-Policy': headerText.optional(),
      'X-Frame-Options': oneOf('deny', 'sameorigin').optional(),
      'X-Content-Type-Options': oneOf('nosniff').optional(),
      'X-XSS-Protection': headerText.optional(),
      'Strict-Transport-Security': headerText.optional(),
    })
    .default({}),
});

/** More rounds would take minutes a check. */
const bcryptCostMax = 16;
const bcryptHash = z.string({ error: 'is no bcrypt hash' }).superRefine((text, context) => {
  const cost = /^\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}$/.exec(text)?.[1];
  const message =
    cost === undefined || Number(cost) < 4
      ? "is no bcrypt hash; make one with: htpasswd -nBC 10 '' | tr -d ':\\n'"
      : Number(cost) > bcryptCostMax
        ? `has a cost of ${cost}, which takes too long to check; 10 to 14 is usual, ${bcryptCostMax} the most`
        : undefined;
  if (message !== undefined) context.addIssue({ code: 'custom', message });
});

export const webConfigSchema = z.strictObject(
  {
    tls_server_config: tlsServerConfig.optional(),
    http_server_config: httpServerConfig.prefault({}),
    basic_auth_users: z.record(z.string().regex(/^[^:]+$/, 'must not be empty nor hold a colon'), bcryptHash).default({}),
    rate_limit: refusal('is not supported by Windsock; leave it out'),
  },
  { error: (issue) => (issue.code === 'invalid_type' ? 'must hold keys and values' : undefined) },
);

export type TlsServerConfig = z.output<typeof tlsServerConfig>;
