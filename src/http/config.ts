import { z } from 'zod';

const token = z.strictObject({
  name: z.string().min(1).describe('Who uses it; shown in logs.'),
  token: z.string().min(16).meta({ secret: true }).describe('The secret itself, 16 characters at least.'),
  scopes: z
    .array(z.enum(['read', 'write']))
    .default(['read'])
    .describe('What it may do.'),
});

/** Where Windsock listens and who may ask what. */
export const httpConfig = z
  .strictObject({
    host: z
      .string()
      .default('0.0.0.0')
      .describe('Address to listen on. Without tokens all but /metrics, /healthz and /readyz answer this machine alone.'),
    port: z.number().int().min(0).max(65_535).default(9112).describe('Port to listen on; 0 takes a free one and prints it.'),
    tokens: z
      .array(token)
      .default([])
      .meta({ secret: true, examples: [[{ name: 'grafana', token: 'SIXTEEN-OR-MORE-CHARACTERS', scopes: ['read'] }]] })
      .describe(
        'Bearer tokens. With any, all but /metrics, /healthz and /readyz needs one; a browser gives it as password, with any user name.',
      ),
    webhooks: z
      .strictObject({
        alertmanager: z
          .strictObject({
            secret: z
              .string()
              .min(16)
              .optional()
              .meta({ secret: true, examples: ['SIXTEEN-OR-MORE-CHARACTERS'] })
              .describe(
                "Alertmanager's webhook receiver sends it as bearer token to /api/v1/webhooks/alertmanager; it opens nothing else, and without it nothing is taken there. 16 characters at least.",
              ),
          })
          .prefault({}),
      })
      .prefault({}),
    web_config_file: z
      .string()
      .optional()
      .meta({ examples: ['web.yml'] })
      .describe("TLS and basic authentication: a file in the format of Prometheus' own exporters, read again when it changes."),
  })
  .prefault({});

export type HttpConfig = z.output<typeof httpConfig>;
