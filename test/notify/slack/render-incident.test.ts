import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Incident, IncidentEvent, IncidentEventKind } from '../../../src/incident/incident.ts';
import type { SlackMessage } from '../../../src/notify/slack/message.ts';
import { renderIncident } from '../../../src/notify/slack/render-incident.ts';
import { renderThread } from '../../../src/notify/slack/render-thread.ts';
import { storyOf } from '../../../src/notify/slack/story.ts';
import { explanation, keptExplanation } from '../../kit/explanations.ts';
import { at, incident } from '../../kit/findings.ts';
import { hostile, hostileStory, places } from './hostile.ts';
import { formattedIn, limitsBroken, markupIn, textsIn } from './limits.ts';

const context = { interactive: true, now: at('12:00') };
const kinds: IncidentEventKind[] = [
  'opened',
  'recurred',
  'retried',
  'severity_raised',
  'escalated',
  'acknowledged',
  'unacknowledged',
  'suppressed',
  'unsuppressed',
  'joined',
  'split',
  'noted',
  'explained',
  'told',
  'resolved',
];

/** What a message may hold besides text: links to where we link, and times. */
const ours = [
  /^<https:\/\/(?:windsock|airflow|grafana|wiki)\.example\.com[^<>|]*\|[\w ]+>$/,
  /^<!date\^\d+\^\{date_short_pretty\} \{time\}\|[\w :]+>$/,
];

function expectHarmless(message: SlackMessage): void {
  expect(limitsBroken(message)).toEqual([]);
  expect(markupIn(message).filter((each) => !ours.some((pattern) => pattern.test(each)))).toEqual([]);
  for (const text of textsIn(message)) {
    expect(text.isWellFormed()).toBe(true);
    // Each ampersand begins a whole entity, also where the text was cut.
    expect(text.replaceAll(/&(?:amp|lt|gt);/g, '')).not.toContain('&');
    expect(text).not.toContain('hunter2hunter2');
  }
  // Blocks of code begin and end, and hold no fence.
  for (const text of formattedIn(message)) {
    expect((text.match(/```/g) ?? []).length % 2).toBe(0);
    expect(text).not.toContain('````');
  }
}

test('whatever stands in logs, names and notes, a message keeps the limits of Slack, mentions nobody, links nowhere and breaks no code', () => {
  fc.assert(
    fc.property(hostileStory, (story) => expectHarmless(renderIncident(story, context))),
    { numRuns: 500 },
  );
});

test('the longest links that are shown fit into one line of them', () => {
  const story = storyOf({ incident: incident(), explanation: undefined, consequences: 0, events: [] }, places);
  const names = { incident: 'Incident', run: 'Airflow', grafana: 'Grafana', runbook: 'Runbook', docs: 'About this error' };
  const lengths = [];
  for (let length = 560; length <= 620; length += 1) {
    // As Slack gets it: <url|words>.
    const urlOf = (at: string, words: string) => `https://${at}.example.com/`.padEnd(length - words.length - 3, 'x');
    const links = Object.fromEntries(Object.entries(names).map(([at, words]) => [at, urlOf(at, words)]));
    const message = renderIncident({ ...story, links: links as typeof story.links }, context);
    expect(limitsBroken(message)).toEqual([]);
    if (markupIn(message).filter((each) => each.includes('xxx')).length === 5) lengths.push(length);
  }
  expect(lengths.at(-1)).toBe(590);
});

test('what is told in a thread is as harmless', () => {
  fc.assert(
    fc.property(hostileStory, fc.constantFrom(...kinds), hostile, hostile, (story, kind, who, text) => {
      const event: IncidentEvent = { id: 1, incidentId: 'inc-1', at: at('10:00'), kind, who, text };
      const message = renderThread(event, story);
      if (message !== null) expectHarmless(message);
    }),
    { numRuns: 500 },
  );
});

describe('the message of an incident', () => {
  const failed = {
    subject: { type: 'task', dagId: 'price_feed', taskId: '__load__' } as const,
    title: 'price_feed.__load__ failed: all 3 tries failed',
    severity: 'critical' as const,
  };
  const told = (partial: Partial<Incident>, ending?: string): string[] => {
    const events =
      ending === undefined
        ? []
        : [{ id: 1, incidentId: 'inc-1', at: at('10:31'), kind: 'resolved' as const, who: 'x', text: ending }];
    const kept = keptExplanation({
      resultA: explanation({
        evidence: [
          { ref: 'L3', quote: 'OSError: __x__ *full*', verified: true },
          { ref: 'L4', quote: 'a line that nobody found', verified: false },
        ],
      }),
    });
    const story = storyOf({ incident: incident(partial, failed), explanation: kept, consequences: 0, events }, places);
    return formattedIn(renderIncident(story, context));
  };

  test('quotes lines that were verified as they are, and no others', () => {
    const whole = told({}).join('\n');
    expect(whole).toContain('```\nL3 OSError: __x__ *full*\n```');
    expect(whole).not.toContain('nobody found');
  });

  test.each<[string, Partial<Incident>, string | undefined, RegExp]>([
    [
      'open',
      {},
      undefined,
      /^\*Open\* since <!date\^\d+\^\{date_short_pretty\} \{time\}\|2 Mar 10:00:00 UTC> · critical · Task failed/,
    ],
    [
      'acknowledged',
      { state: 'acknowledged', acknowledgedBy: 'ann (Slack U0123456)', acknowledgedAt: at('10:04') },
      undefined,
      /^👀 \*Acknowledged\* by ann, 4m after it opened · critical/,
    ],
    [
      'resolved',
      { state: 'resolved', resolvedAt: at('10:31'), endReason: 'cleared' },
      'run a__1 succeeded',
      /^\*Resolved\* after 31m: run a__1 succeeded · /,
    ],
    [
      'resolved by a person',
      { state: 'resolved', resolvedAt: at('10:31'), endReason: 'person_resolved' },
      'resolved by ann (Slack U0123456): disk grew',
      /^\*Resolved\* after 31m: resolved by ann: disk grew/,
    ],
    [
      'resolved without a word',
      { state: 'resolved', resolvedAt: at('10:31'), endReason: 'expired' },
      undefined,
      /: nothing was heard of it for long/,
    ],
    [
      'suppressed',
      { suppression: { reason: 'maintenance', by: 'db move', until: at('13:00') } },
      undefined,
      /\n🔕 Suppressed: maintenance \(db move\) until <!date/,
    ],
  ])('says that it is %s', (_, partial, ending, expected) => {
    expect(told(partial, ending).find((text) => expected.test(text))).toBeDefined();
  });

  test('has no buttons where none would reach us, and when it is over only those about the cause', () => {
    const buttons = (partial: Partial<Incident>, interactive: boolean): unknown[] => {
      const story = storyOf({ incident: incident(partial), explanation: keptExplanation(), consequences: 0, events: [] }, places);
      const { blocks } = renderIncident(story, { ...context, interactive });
      const actions = blocks.find(({ type }) => type === 'actions');
      return ((actions?.['elements'] ?? []) as { action_id: string }[]).map(({ action_id: id }) => id);
    };
    expect(buttons({}, false)).toEqual([]);
    expect(buttons({}, true)).toEqual(['windsock.acknowledge', 'windsock.resolve', 'windsock.right', 'windsock.wrong']);
    expect(buttons({ state: 'acknowledged' }, true)[0]).toBe('windsock.unacknowledge');
    expect(buttons({ state: 'resolved' }, true)).toEqual(['windsock.right', 'windsock.wrong']);
  });
});
