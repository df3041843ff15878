import { z } from 'zod';
import { duration } from '../lib/config-types.ts';
import { slackConfig } from './slack/config.ts';

const noHeader = 'holds a line break, or another character that no header may have';
const headerName = z.string().regex(/^[\w!#$%&'*+.^`|~-]+$/, 'is no name of a header');
const headerValue = z.string().regex(/^[\t\u0020-\u007e\u0080-\u00ff]*$/, noHeader);

const alertmanager = z
  .strictObject({
    urls: z
      .array(z.url({ protocol: /^https?$/ }))
      .default([])
      .describe(
        'Every member of the Alertmanager cluster, path prefix included; never a load balancer. Empty: no alerts are sent.',
      ),
    resend: duration({ minMs: 1000 }).prefault('1m').describe('How often a firing alert is sent again.'),
    ends_after: duration({ minMs: 2000 })
      .prefault('5m')
      .describe('An alert that is not sent again for this long ends by itself. At least four times `resend` is used.'),
    resolved_hold: duration({ minMs: 0 }).prefault('15m').describe('How long a resolved alert goes on being sent.'),
    tell_late: duration({ minMs: 0 })
      .prefault('1h')
      .describe(
        'What began and ended while no member took alerts is told once one does, as firing and `ends_after` later as over, if it ended no longer ago than this. 0s: never.',
      ),
    timeout: duration({ minMs: 100, maxMs: 60_000 }).prefault('10s').describe('Limit of one request.'),
    batch: z.number().int().min(1).max(256).default(64).describe('Alerts in one request at most.'),
    username: z.string().optional().describe('User of basic authentication.'),
    password: z.string().meta({ secret: true }).optional().describe('Password of basic authentication.'),
    bearer_token: headerValue.meta({ secret: true }).optional().describe('Bearer token; it goes before user and password.'),
    ca_file: z
      .string()
      .optional()
      .describe('CA certificates (PEM) that the members are trusted by, besides those of the system.'),
    headers: z
      .record(headerName, headerValue)
      .meta({ secret: true, examples: [{ 'X-Scope-OrgID': 'data' }] })
      .default({})
      .describe('More headers of each request, such as X-Scope-OrgID.'),
    silences: z
      .boolean()
      .default(true)
      .describe('Set a silence for what is acknowledged, suppressed, or has joined another incident, after it was told.'),
  })
  .prefault({});

/** How people are told. */
export const notifyConfig = z
  .strictObject({
    public_url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .meta({ examples: ['https://windsock.example.com'] })
      .describe('Where people reach this Windsock, for links in alerts and messages.'),
    grafana_url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .meta({ examples: ['https://grafana.example.com'] })
      .describe('Where people reach the Grafana that has the dashboards of `grafana/`, for links in messages.'),
    alertmanager,
    slack: slackConfig,
  })
  .prefault({});

export type NotifyConfig = z.output<typeof notifyConfig>;
export type AlertmanagerConfig = NotifyConfig['alertmanager'];
