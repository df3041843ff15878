import type { Tx } from '../store/store.ts';
import type { EncodedExposition } from './exposition.ts';

/** The leader's newest exposition with a summary of its cycle, as followers serve them. */
export interface PublishedExposition {
  encoded: EncodedExposition;
  status: unknown;
}

/** Stores the exposition of this cycle for the followers, stamped by the store's clock: the leaders' clocks may differ. */
export async function saveExposition(
  tx: Tx,
  airflow: string,
  epoch: number,
  { encoded, status }: PublishedExposition,
): Promise<void> {
  const { text, openmetrics } = encoded;
  await tx.query(
    `INSERT INTO exposition (airflow, epoch, taken_at, text_deflated, text_length, text_crc, openmetrics_deflated, openmetrics_length, openmetrics_crc, status)
     VALUES ($1, $2, date_trunc('milliseconds', clock_timestamp()), $3, $4, $5, $6, $7, $8, $9)
     ON CONFLICT (airflow) DO UPDATE SET epoch = excluded.epoch, taken_at = excluded.taken_at, text_deflated = excluded.text_deflated, text_length = excluded.text_length,
       text_crc = excluded.text_crc, openmetrics_deflated = excluded.openmetrics_deflated, openmetrics_length = excluded.openmetrics_length,
       openmetrics_crc = excluded.openmetrics_crc, status = excluded.status`,
    [
      airflow,
      epoch,
      text.deflated,
      text.length,
      text.crc32,
      openmetrics.deflated,
      openmetrics.length,
      openmetrics.crc32,
      JSON.stringify(status),
    ],
  );
}

interface Row {
  takenAt: Date;
  textDeflated: Buffer;
  textLength: number;
  textCrc: number;
  openmetricsDeflated: Buffer;
  openmetricsLength: number;
  openmetricsCrc: number;
  status: unknown;
}

// A copy of its own: rows share one buffer, which cannot be transferred to another thread.
const own = (buffer: Buffer): Uint8Array => new Uint8Array(buffer);

/** The exposition, if it is another than that of `other` and no older than `maxAgeMs` by the store's clock; else null. */
export async function loadExposition(
  store: Tx,
  airflow: string,
  { other, maxAgeMs }: { other: Date | null; maxAgeMs: number },
): Promise<(PublishedExposition & { takenAt: Date }) | null> {
  const [row] = await store.query<Row>(
    `SELECT taken_at AS "takenAt", text_deflated AS "textDeflated", text_length AS "textLength", text_crc AS "textCrc",
       openmetrics_deflated AS "openmetricsDeflated", openmetrics_length AS "openmetricsLength", openmetrics_crc AS "openmetricsCrc", status
     FROM exposition WHERE airflow = $1 AND taken_at IS DISTINCT FROM $2::timestamptz AND taken_at > clock_timestamp() - $3 * interval '1 ms'`,
    [airflow, other, maxAgeMs],
  );
  if (row === undefined) return null;
  return {
    takenAt: row.takenAt,
    encoded: {
      text: { deflated: own(row.textDeflated), length: row.textLength, crc32: row.textCrc },
      openmetrics: {
        deflated: own(row.openmetricsDeflated),
        length: row.openmetricsLength,
        crc32: row.openmetricsCrc,
      },
    },
    status: row.status,
  };
}
