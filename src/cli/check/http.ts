import { noWebConfig, readWebConfig, type WebConfig } from '../../http/web-config.ts';
import { systemClock } from '../../lib/clock.ts';
import { AppError } from '../../lib/errors.ts';
import type { Check } from './line.ts';

/** A certificate that ends this soon is worth a warning. */
const soonMs = 14 * 86_400_000;

/** Where it would listen, who may ask, and the web config file with its certificate. */
export const checkHttp: Check = async ({ http }, tell) => {
  const web = http.web_config_file === undefined ? noWebConfig : await loadWebConfig(http.web_config_file);
  const open = http.tokens.length === 0 && web.users.size === 0;
  const leftMs = web.tls === null ? Infinity : web.tls.validUntil.getTime() - systemClock.now().getTime();
  const certificate =
    web.tls === null
      ? 'no TLS'
      : `TLS, the certificate ${leftMs < 0 ? 'ended' : 'ends'} on ${web.tls.validUntil.toISOString().slice(0, 10)}`;
  const who = open
    ? 'without tokens only /metrics and probes answer other machines'
    : `tokens: ${http.tokens.length}, users: ${web.users.size}`;
  const detail = `${http.host}, port ${http.port}; ${certificate}; ${who}`;
  tell({ what: 'http', state: leftMs < soonMs ? 'warn' : 'ok', detail });
};

async function loadWebConfig(file: string): Promise<WebConfig> {
  const { result } = await readWebConfig(file);
  if (!result.ok) throw new AppError('CONFIG', result.message);
  return result.config;
}
