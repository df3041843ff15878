import cron from 'node-cron';
import { z } from 'zod';
import { slackChannel } from '../lib/config-types.ts';
import { isTimeZone } from '../lib/calendar.ts';

/** When and where one kind of report is sent. */
const sent = (what: string, example: string) =>
  z
    .strictObject({
      schedule: z
        .string()
        .refine((text) => cron.validate(text), `is no cron expression; write for instance "${example}"`)
        .optional()
        .meta({ shownAs: 'cron expression', examples: [example] })
        .describe(
          `When the report on the last ${what} that is over is sent to Slack, by the clocks of \`report.time_zone\`. Without it, it is not sent. Needs \`notify.slack.bot_token\`.`,
        ),
      channel: slackChannel()
        .optional()
        .meta({ examples: ['C0123456789'] })
        .describe('Id of the Slack channel that it is sent to. Without it, that of `notify.slack.channel`.'),
    })
    .prefault({});

/** What reports are about, and when they are sent. */
export const reportConfig = z
  .strictObject({
    time_zone: z
      .string()
      .refine((zone) => isTimeZone(zone), { error: 'is no IANA time zone; write for instance Europe/Berlin or UTC' })
      .meta({ shownAs: 'time zone', examples: ['Europe/Berlin'] })
      .default('UTC')
      .describe(
        'Days of reports begin and end by the clocks of this time zone; weeks begin on Monday. What was counted before it was changed keeps its days.',
      ),
    daily: sent('day', '0 7 * * *'),
    weekly: sent('week', '0 7 * * 1'),
  })
  .prefault({});

export type ReportConfig = z.output<typeof reportConfig>;
