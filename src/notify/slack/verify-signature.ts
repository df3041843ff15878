import { createHmac, timingSafeEqual } from 'node:crypto';

const ageSecondsMax = 300;

/** A request as it came: headers absent or as they are, the body byte by byte. */
export interface SignedRequest {
  timestamp: string | undefined;
  signature: string | undefined;
  body: Uint8Array;
}

/** Slack's signature of a request: https://docs.slack.dev/authentication/verifying-requests-from-slack. */
export const signatureOf = (secret: string, timestamp: string, body: Uint8Array): string =>
  `v0=${createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex')}`;

/**
 * Whether Slack sent this, not long ago: `stale` is signed rightly, but more than 5 minutes from now, and may be a recording. Compared in
 * constant time.
 */
export function verifySignature(
  { timestamp, signature, body }: SignedRequest,
  secret: string,
  now: Date,
): 'genuine' | 'forged' | 'stale' {
  if (timestamp === undefined || signature === undefined || !/^\d{1,12}$/.test(timestamp)) return 'forged';
  const [given, right] = [Buffer.from(signature), Buffer.from(signatureOf(secret, timestamp, body))];
  if (given.length !== right.length || !timingSafeEqual(given, right)) return 'forged';
  return Math.abs(now.getTime() / 1000 - Number(timestamp)) > ageSecondsMax ? 'stale' : 'genuine';
}
