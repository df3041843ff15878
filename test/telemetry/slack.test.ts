import { expect, test } from 'vitest';
import { familyGroups } from '../../src/measure/catalogue.ts';
import { headOf, type Definition } from '../../src/measure/define.ts';
import { encodeText } from '../../src/measure/exposition.ts';
import { selfFamilies } from '../../src/measure/self-families.ts';
import { slackMetrics } from '../../src/telemetry/slack.ts';
import { startTelemetry } from '../../src/telemetry/start.ts';
import { keptLog } from '../kit/http.ts';
import { parseExposition, valueOf } from '../kit/parse-exposition.ts';

async function measured() {
  const telemetry = await startTelemetry({ env: {}, log: keptLog().logger, version: '1', deployment: 'prod', instance: 'one' });
  const metrics = slackMetrics(telemetry.meter);
  const collect = async () => selfFamilies(await telemetry.collect());
  return { metrics, collect, exposed: async () => parseExposition(encodeText(await collect())), stop: () => telemetry.stop() };
}
const standing = {
  up: true,
  waiting: 3,
  oldestSeconds: 12.5,
  channels: [
    { channel: 'C1', up: true },
    { channel: 'C2', up: false },
  ],
};

test('the instruments give exactly the families that the catalogue promises: name, kind, unit, text, labels', async () => {
  const { metrics, collect, stop } = await measured();
  metrics.stands(standing);
  const seen = (await collect()).map((family) => ({
    name: family.name,
    kind: family.kind,
    unit: family.unit,
    help: family.help,
    labels: Object.keys(family.samples[0]?.labels.pairs ?? {}).sort(),
  }));
  const promised = Object.values<Definition>(familyGroups.slack).map((definition) => ({
    ...headOf(definition),
    kind: definition.kind,
    unit: definition.unit,
    labels: [...definition.labels].sort(),
  }));
  const byName = (a: { name: string }, b: { name: string }): number => (a.name < b.name ? -1 : 1);
  expect(seen.sort(byName)).toEqual(promised.sort(byName));
  await stop();
});

test('calls are counted by what came of them, a channel is down while Slack is, and a follower shows no queue', async () => {
  const { metrics, exposed, stop } = await measured();
  metrics.call('post', 'ok', 0.25);
  metrics.call('post', 'limited', 0.25);
  metrics.stands(standing);
  const first = await exposed();
  expect(valueOf(first, 'windsock_slack_sent_total', { call: 'post' })).toBe(1);
  expect(valueOf(first, 'windsock_slack_failed_total', { call: 'post', reason: 'limited' })).toBe(1);
  expect(valueOf(first, 'windsock_slack_failed_total', { call: 'edit', reason: 'token' })).toBe(0);
  expect(valueOf(first, 'windsock_slack_call_seconds_total', { call: 'post' })).toBe(0.5);
  expect(valueOf(first, 'windsock_slack_queue', {})).toBe(3);
  expect(valueOf(first, 'windsock_slack_queue_age_seconds', {})).toBe(12.5);
  expect(valueOf(first, 'windsock_slack_channel_up', { channel: 'C2' })).toBe(0);
  expect(valueOf(first, 'windsock_slack_channel_up', { channel: 'C1' })).toBe(1);
  metrics.stands({ ...standing, up: false });
  expect(valueOf(await exposed(), 'windsock_slack_channel_up', { channel: 'C1' })).toBe(0);
  metrics.role(false);
  expect(valueOf(await exposed(), 'windsock_slack_queue', {})).toBe(0);
  await stop();
});
