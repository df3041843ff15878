import { expect, test } from 'vitest';
import { renderReport } from '../../../src/notify/slack/render-report.ts';
import { tell } from '../../../src/report/tell.ts';
import { emptyReport, hostileReport, sampleReport } from '../../kit/reports.ts';
import { refusalOf } from '../../kit/slack-limits.ts';

const base = 'https://windsock.example/';
const page = `${base}report?kind=weekly&date=2026-11-16`;
const textsOf = (message: ReturnType<typeof renderReport>): string => JSON.stringify(message);

test('a report is one message that Slack takes: what is at its top, section by section, and where all of it is', () => {
  const message = renderReport(tell(sampleReport(), base), page);
  expect(refusalOf(message.text, message.blocks)).toBeNull();
  const all = textsOf(message);
  for (const part of [
    'Weekly report: 16 to 22 November 2026',
    '*Incidents of failure*',
    '▲ 39 % (31 before)',
    'No space left on device',
    'and 41 more',
  ])
    expect(all).toContain(part);
  expect(all).toContain(`<${page.replaceAll('&', '&amp;')}|The report>`);
  expect(all).toContain('<https://windsock.example/incidents/inc-disk|');
});

test('of an empty report the message says that nothing is known', () => {
  const message = renderReport(tell(emptyReport(), base), page);
  expect(refusalOf(message.text, message.blocks)).toBeNull();
  expect(textsOf(message)).toContain('Nothing is known of this day');
});

test('what others wrote formats, links and mentions nothing', () => {
  const message = renderReport(tell(hostileReport(), base), page);
  expect(refusalOf(message.text, message.blocks)).toBeNull();
  const all = textsOf(message);
  expect(all).not.toContain('<!channel');
  expect(all).not.toContain('<script>');
  for (const [, href = ''] of all.matchAll(/<(https?:[^|>]*)\|/g)) expect(href.startsWith(base)).toBe(true);
});

test('a report with long lists everywhere stays within one message, and says how many parts are left out', () => {
  const report = sampleReport();
  const [group] = report.failures.groups;
  if (group === undefined) throw new Error('the sample has no causes');
  const long = 'x'.repeat(290);
  const items = Array.from({ length: 5 }, () => ({
    ...(group.items[0] as (typeof group.items)[number]),
    cause: {
      ...(group.items[0]?.cause as NonNullable<(typeof group.items)[number]['cause']>),
      cause: long,
      proof: `L1: ${long}`,
    },
  }));
  const groups = Array.from({ length: 12 }, () => ({ ...group, items }));
  const slow = { ...report.slower.incidents, items };
  const many = sampleReport({
    failures: { ...report.failures, groups },
    slower: { ...report.slower, incidents: slow },
    ignored: { ...report.ignored, items },
    quiet: { count: 30, items: Array.from({ length: 10 }, () => ({ reason: long, incidents: 1 })) },
  });
  const message = renderReport(tell(many, base), page);
  expect(refusalOf(message.text, message.blocks)).toBeNull();
  expect(JSON.stringify(message.blocks).length).toBeLessThan(10_000);
  expect(textsOf(message)).toMatch(/The report(, with \d parts more)?/);
});
