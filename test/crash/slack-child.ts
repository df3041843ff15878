import { systemClock } from '../../src/lib/clock.ts';
import { connectSlack } from '../../src/notify/slack/client.ts';
import { slackConfig } from '../../src/notify/slack/config.ts';
import { createSlackDelivery } from '../../src/notify/slack/deliver.ts';
import { redact } from '../../src/redact/redact.ts';
import { openStore } from '../../src/store/open.ts';
import { createLogger } from '../../src/telemetry/logger.ts';

// Delivery to Slack alone, as the leader runs it, to be killed again and again: a whole Windsock takes seconds to start.
const [url = '', apiUrl = ''] = process.argv.slice(2);
const store = await openStore({ url, applicationName: 'slack-child', max: 4 });
const config = slackConfig.parse({
  bot_token: 'xoxb-test-token',
  channel: 'C0000000001',
  direct: true,
  timeout: '400ms',
  api_url: apiUrl,
});
const delivery = createSlackDelivery({
  store,
  airflow: 'a',
  client: connectSlack({ token: config.bot_token ?? '', apiUrl, timeoutMs: config.timeout }),
  config,
  places: () => ({
    publicUrl: 'http://windsock.example.com',
    airflowUrl: null,
    airflowVersion: '',
    grafanaUrl: null,
    chartOf: () => null,
  }),
  clock: systemClock,
  logger: createLogger({ config: { level: 'warn', format: 'json' }, redact }),
  asLeader: (work) => store.transaction(work),
  leads: () => true,
  report: () => {},
  pacing: {
    postMs: 5,
    editMs: 5,
    readMs: 5,
    inFlightMs: 400,
    retry: { baseMs: 50, capMs: 500 },
    pause: { baseMs: 50, capMs: 500 },
  },
});
setInterval(() => void delivery.round(), 30);
