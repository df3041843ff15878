import { families } from '../../src/measure/catalogue.ts';
import type { Board } from '../frame.ts';
import { palette } from '../palette.ts';
import { curves, rows } from '../panels.ts';
import { increase, maxBy, now, sumBy } from '../query.ts';

/** Messages in Slack, on the dashboard of Windsock itself. */
export const slackRow: Board['rows'][number] = {
  title: 'Slack',
  panels: [
    rows({
      title: 'Channels',
      description: 'Each channel of the configuration: whether Slack takes what is sent there.',
      unit: 'none',
      empty: 'No Slack is configured',
      width: 8,
      labels: { channel: { title: 'Channel' } },
      values: [
        {
          title: 'Takes messages',
          words: { '0': ['no', palette.bad], '1': ['yes', palette.good] },
          expression: maxBy(['channel'], now(families.slackChannelUp)),
        },
      ],
      sort: 'Channel',
    }),
    curves({
      title: 'Calls of Slack',
      description: 'Messages posted, edited and looked up, and calls that failed, by reason.',
      unit: 'none',
      empty: 'No replica answers',
      width: 8,
      bars: '5m',
      min: 0,
      series: [
        { legend: '{{call}}', expression: sumBy(['call'], increase(families.slackSent, '$__interval')) },
        { legend: 'failed: {{reason}}', expression: sumBy(['reason'], increase(families.slackFailed, '$__interval')) },
      ],
    }),
    curves({
      title: 'Messages that wait',
      description: 'How long the oldest message has been waiting, and the time spent waiting for Slack to answer.',
      unit: 's',
      empty: 'No replica answers',
      width: 4,
      min: 0,
      series: [
        { legend: 'oldest waits', expression: maxBy([], now(families.slackQueueAge)) },
        { legend: 'answers, {{call}}', expression: sumBy(['call'], increase(families.slackSeconds, '$__interval')) },
      ],
    }),
    curves({
      title: 'Queue',
      description: 'Messages that wait to be posted to Slack.',
      unit: 'none',
      empty: 'No replica answers',
      width: 4,
      min: 0,
      series: [{ legend: 'messages', expression: maxBy([], now(families.slackQueue)) }],
    }),
  ],
};
