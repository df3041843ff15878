import { z } from 'zod';
import { isTimeZone } from '../lib/calendar.ts';

/** What reports are about. */
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
  })
  .prefault({});

export type ReportConfig = z.output<typeof reportConfig>;
