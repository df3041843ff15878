import { jsonText } from '../../lib/json-text.ts';
import type { Tx } from '../../store/store.ts';
import type { SlackMessage } from './message.ts';

export interface QueuedMessage {
  /** What it is, once and for all: `report:daily:2026-11-25`. A message with the same key is posted once, however often it is queued. */
  key: string;
  /** Channel id; null: the one that the configuration names. */
  channel: string | null;
  message: SlackMessage;
  at: Date;
}

/**
 * Queues a message, to be posted to Slack once what it belongs to is committed: nothing of it is lost, and it is posted once. False
 * when there is one with its key already.
 */
export async function queueMessage(tx: Tx, airflow: string, { key, channel, message, at }: QueuedMessage): Promise<boolean> {
  const rows = await tx.query(
    `INSERT INTO slack_message (airflow, key, channel, content, state, queued_at, due_at) VALUES ($1, $2, $3, $4, 'queued', $5, $5)
     ON CONFLICT (airflow, key) DO NOTHING RETURNING 1`,
    [airflow, key, channel, jsonText(message), at],
  );
  return rows.length > 0;
}
