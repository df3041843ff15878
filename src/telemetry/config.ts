import { z } from 'zod';

/** How Windsock tells of itself. Pushing by OTLP is set with the standard `OTEL_…` variables alone. */
export const telemetryConfig = z
  .strictObject({
    log: z
      .strictObject({
        level: z.enum(['debug', 'info', 'warn', 'error']).default('info').describe('Least severity that is logged.'),
        format: z
          .enum(['auto', 'json', 'text'])
          .default('auto')
          .describe('How log lines look: one JSON object each, or text for people. `auto`: text on a terminal, else JSON.'),
      })
      .prefault({}),
  })
  .prefault({});

export type TelemetryConfig = z.output<typeof telemetryConfig>;
