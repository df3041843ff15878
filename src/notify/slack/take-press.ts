import { giveFeedback } from '../../explain/feedback/feedback.ts';
import { act } from '../../incident/act.ts';
import { AppError, errorText } from '../../lib/errors.ts';
import { redact } from '../../redact/redact.ts';
import type { Store } from '../../store/store.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { RcaMetrics } from '../../telemetry/rca.ts';
import type { SlackConfig } from './config.ts';
import type { Interaction } from './interaction.ts';
import { mayRespondTo, respond } from './respond.ts';

export interface TakeOptions {
  store: Store;
  airflow: string;
  config: Pick<SlackConfig, 'api_url'>;
  logger: Logger;
  now: Date;
  metrics: Pick<RcaMetrics, 'feedback'>;
}

/**
 * Does what a button says, once. What cannot be done is told to who pressed it, and to nobody else. Throws NOT_FOUND for an incident that is
 * not of this deployment, and UNAVAILABLE when it could not be tried.
 */
export async function takePress(interaction: Interaction, options: TakeOptions): Promise<void> {
  const { store, airflow, now } = options;
  try {
    if (!(await isFirst(store, airflow, interaction.key, now))) return;
    await carryOut(interaction, options);
    if (interaction.act === 'right' || interaction.act === 'wrong') await tell(interaction, thanks, options);
  } catch (error) {
    if (error instanceof AppError && (error.code === 'CONFLICT' || error.code === 'NOT_FOUND')) {
      await tell(interaction, error.message, options);
      if (error.code === 'CONFLICT') return;
      throw error;
    }
    await tell(interaction, 'That did not work just now; please press it again.', options);
    // Pressed again, it is tried again.
    await forget(store, airflow, interaction.key).catch(() => undefined);
    throw new AppError('UNAVAILABLE', 'what was pressed could not be done', { cause: error });
  }
}

const thanks = 'Thank you: Windsock keeps that with the explanation.';

async function carryOut(
  { act: what, incidentId, who }: Interaction,
  { store, airflow, now, metrics }: TakeOptions,
): Promise<void> {
  const by = { who, now };
  switch (what) {
    case 'acknowledge':
    case 'unacknowledge':
      await act(store, airflow, incidentId, { kind: what }, by);
      return;
    case 'resolve':
      await act(store, airflow, incidentId, { kind: 'resolve', note: '' }, by);
      return;
    case 'right':
    case 'wrong': {
      const given = { verdict: what === 'right' ? 'up' : 'down', category: null, rootCause: null, note: '' } as const;
      await giveFeedback(store, airflow, incidentId, given, by);
      metrics.feedback(given.verdict);
    }
  }
}

/** An answer that fails is not worth more than a line. */
async function tell({ responseUrl }: Interaction, text: string, { config, logger }: TakeOptions): Promise<void> {
  if (responseUrl === null) return;
  if (!mayRespondTo(responseUrl, config.api_url)) {
    logger.warn('a press in Slack names an address to answer to that is not Slack; nothing was sent there');
    return;
  }
  await respond(responseUrl, redact(text)).catch((error: unknown) =>
    logger.warn('who pressed a button in Slack could not be answered', { reason: errorText(error) }),
  );
}

const keptMs = 3_600_000;

async function isFirst(store: Store, airflow: string, key: string, now: Date): Promise<boolean> {
  return store.transaction(async (tx) => {
    await tx.query('DELETE FROM slack_press WHERE airflow = $1 AND at < $2', [airflow, new Date(now.getTime() - keptMs)]);
    const rows = await tx.query(
      'INSERT INTO slack_press (airflow, key, at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING 1',
      [airflow, key, now],
    );
    return rows.length > 0;
  });
}

const forget = (store: Store, airflow: string, key: string): Promise<unknown> =>
  store.query('DELETE FROM slack_press WHERE airflow = $1 AND key = $2', [airflow, key]);
