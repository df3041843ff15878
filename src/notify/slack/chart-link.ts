import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { Incident } from '../../incident/incident.ts';

const dayMs = 86_400_000;
const livesMs = 30 * dayMs;
/** Slack fetches an image when it is posted, and again when it forgot it. */
const livesAtLeastMs = 7 * dayMs;
const urlMax = 3000;

/** Where charts of incidents are; who has the link needs no token. */
export const chartsPath = '/charts/incident/';

/** What signs links to charts: the same on every replica, another with another bot token, and nothing else can be done with it. */
export const chartKey = (botToken: string): Uint8Array =>
  new Uint8Array(hkdfSync('sha256', botToken, '', 'windsock links to charts', 32));

/** What a link says, besides its signature. */
export interface ChartLink {
  incidentId: string;
  /** Changes with each occurrence, so that Slack fetches the chart anew. */
  of: string;
  /** Seconds since 1970. */
  expires: number;
}

const signatureOf = ({ incidentId, of, expires }: ChartLink, key: Uint8Array): string =>
  createHmac('sha256', key)
    .update(JSON.stringify([incidentId, of, expires]))
    .digest('base64url');

/**
 * Where Slack can fetch the chart of durations of an incident; null where there is none. The same for weeks, so that edits do not make Slack
 * fetch it again.
 */
export function chartUrl(incident: Incident, publicUrl: string, key: Uint8Array, now: Date): string | null {
  if (incident.subject.type !== 'task') return null;
  const opened = incident.openedAt.getTime();
  const periods = Math.max(1, Math.ceil((now.getTime() + livesAtLeastMs - opened) / livesMs));
  const of = createHash('sha256').update(incident.latest.event).digest('base64url').slice(0, 8);
  const link = { incidentId: incident.id, of, expires: Math.floor((opened + periods * livesMs) / 1000) };
  const url = new URL(
    `.${chartsPath}${encodeURIComponent(incident.id)}.png`,
    publicUrl.endsWith('/') ? publicUrl : `${publicUrl}/`,
  );
  url.search = String(new URLSearchParams({ of, expires: String(link.expires), signature: signatureOf(link, key) }));
  return url.href.length > urlMax ? null : url.href;
}

/** Whether we signed a link, and it is still good. Compared in constant time. */
export function checkChartLink(link: ChartLink, signature: string, key: Uint8Array, now: Date): 'valid' | 'forged' | 'expired' {
  const [given, right] = [Buffer.from(signature), Buffer.from(signatureOf(link, key))];
  if (given.length !== right.length || !timingSafeEqual(given, right)) return 'forged';
  return link.expires * 1000 < now.getTime() ? 'expired' : 'valid';
}
