import { describe, expect, test } from 'vitest';
import { reportLines } from '../../src/cli/report/report-lines.ts';
import { changeText } from '../../src/report/changes.ts';
import { htmlOf, htmlPartOf } from '../../src/report/html.ts';
import { escapeMarkdown, markdownOf } from '../../src/report/markdown.ts';
import { tell } from '../../src/report/tell.ts';
import { emptyReport, hostileReport, sampleReport } from '../kit/reports.ts';

const base = 'https://windsock.example/';
const secret = ['hunter', '2hunter2'].join('');

describe('how a number changed', () => {
  const show = String;
  test.each([
    [{ now: null, before: 3 }, ''],
    [{ now: 3, before: null }, 'nothing to compare with'],
    [{ now: 3, before: 3 }, 'as before'],
    [{ now: 0, before: 0 }, 'as before'],
    [{ now: 3, before: 0 }, '▲ from none'],
    [{ now: 15, before: 12 }, '▲ 25 % (12 before)'],
    [{ now: 9, before: 12 }, '▼ 25 % (12 before)'],
    [{ now: 0, before: 12 }, '▼ 100 % (12 before)'],
    [{ now: 1, before: 2500 }, '▼ 99.96 % (2500 before)'],
    [{ now: 24, before: 12 }, '▲ 2.0× (12 before)'],
  ])('%o is told as %o', (of, text) => expect(changeText(of, show)).toBe(text));

  test('of shares is told in points', () => {
    expect(changeText({ now: 0.97, before: 0.985 }, show, true)).toBe('▼ 1.5 points (0.985 before)');
    expect(changeText({ now: 0.99, before: 0.98 }, show, true)).toBe('▲ 1 point (0.98 before)');
  });
});

describe('what others wrote', () => {
  const document = tell(hostileReport(), base);

  test('is text in HTML: no element, attribute or address of theirs', () => {
    const html = htmlOf(document);
    expect(html).not.toMatch(/<script|<img|javascript:alert\(1\)"|href="(?!https:\/\/windsock\.example\/)/);
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    // Every quote of theirs is taken out of attributes.
    for (const [, label = ''] of html.matchAll(/href="([^"]*)"/g))
      expect(label).toMatch(/^https:\/\/windsock\.example\/(?:incidents|dags)\/[^\s<>]*$/);
  });

  test('is text in Markdown: no mark-up, link, table cell, mention or address of theirs', () => {
    const markdown = markdownOf(document);
    for (const line of markdown.split('\n').filter((each) => each.startsWith('| ')))
      expect(line.replaceAll(/\\./g, '').match(/\|/g)?.length).toBeLessThanOrEqual(8);
    const outsideCode = markdown.replaceAll(/(`+) .*? \1(?!`)|\]\(<[^>]*>\)/g, '').replaceAll(/\\./g, '');
    expect(outsideCode).not.toMatch(/https:\/\/evil|www\.evil|@here|\*\*b\*\*|<img|<script/);
  });

  test('steers no terminal', () => {
    const text = reportLines(document, 100).join('\n');
    // eslint-disable-next-line no-control-regex
    expect(text.replaceAll(/\u001b\[\d*m/g, '')).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
    expect(text).not.toContain('\u001b[31m \u202e');
  });

  test('shows no secret, in whatever form', () => {
    const report = sampleReport();
    const named = { ...report, quiet: { count: 1, items: [{ reason: `by anna: password=${secret}`, incidents: 1 }] } };
    const told = tell(named, base);
    for (const form of [htmlOf(told), markdownOf(told), reportLines(told, 80).join('\n')]) {
      expect(form).not.toContain(secret);
      expect(form).toContain('by anna');
    }
  });
});

test.each(['- a', '+ a', '1. a', '2) a', '# a', '> a', '= a', '| a', '~~a~~', '[a](b)', '<b>', 'a_b', '$x$'])(
  '%o as Markdown begins nothing',
  (text) => {
    expect(escapeMarkdown(text)).toMatch(/\\/);
    expect(escapeMarkdown(text).replaceAll('\\', '')).toBe(text);
  },
);

test('what is not known is said to be so, and nothing is compared', () => {
  const document = tell(emptyReport(), base);
  expect(document.notes).toEqual(['Nothing is known of this day: Windsock was not watching yet, or its rows are gone.']);
  expect(document.figures.map(({ value }) => value)).toEqual(document.figures.map(() => 'not enough data'));
  expect(JSON.stringify(document)).not.toMatch(/▲|▼|NaN|undefined|null before/);
});

test('a list that is cut says how many more there are', () => {
  const html = htmlPartOf(tell(sampleReport(), ''));
  expect(html).toContain('and 41 more');
  expect(html).toContain('href="/incidents/inc-disk"');
});

test('a period that is not over, or whose like before was not watched, says so', () => {
  const notes = (partial: Parameters<typeof sampleReport>[0]) => tell(sampleReport(partial), base).notes;
  expect(notes({})).toEqual([]);
  expect(notes({ isOver: false })).toEqual(['This week is not over: it tells what was until now, and compares nothing.']);
  expect(notes({ incidentsSince: new Date('2026-11-12T10:00:00Z'), triesSince: new Date('2026-11-12T10:00:00Z') })).toEqual([
    'Windsock watches since 2026-11-12: there is no whole week before to compare with.',
  ]);
  expect(notes({ incidentsSince: new Date('2026-11-18T10:00:00Z'), triesSince: new Date('2026-11-18T10:00:00Z') })).toEqual([
    'Windsock watches since 2026-11-18: this week is not whole.',
  ]);
});

test('what a shift shows since is a day of the report, not of UTC', () => {
  const report = sampleReport();
  const [shift] = report.slower.shifts.items;
  if (shift === undefined) throw new Error('no shift');
  // Half past midnight of 18 November in Berlin.
  const late = { ...report.slower.shifts, items: [{ ...shift, at: new Date('2026-11-17T23:30:00Z') }] };
  expect(markdownOf(tell({ ...report, slower: { ...report.slower, shifts: late } }, base))).toContain('| 2026-11-18 |');
});

test('what an SLA promises is told to the digit', () => {
  const report = sampleReport();
  const [sla] = report.slas.items;
  if (sla === undefined) throw new Error('no SLA');
  const items = [{ ...sla, objective: 0.9995, total: 10_000, bad: 7 }];
  const told = markdownOf(tell({ ...report, slas: { ...report.slas, items } }, base));
  expect(told).toContain('| 99.93 % |');
  expect(told).toContain('| 99.95 % |');
});

test('of a day that is not over acknowledgements are as old as they are now', () => {
  const report = sampleReport({ isOver: false }, 'daily', '2026-11-23');
  const items = report.forgotten.items.map((each) => ({ ...each, acknowledgedAt: new Date('2026-11-22T06:00:00Z') }));
  expect(JSON.stringify(tell({ ...report, forgotten: { ...report.forgotten, items } }, base))).toContain(
    'acknowledged 25h00m by robin',
  );
});
