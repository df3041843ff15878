import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { IncidentEvent, IncidentEventKind } from '../../../src/incident/incident.ts';
import type { SlackMessage } from '../../../src/notify/slack/message.ts';
import { renderIncident } from '../../../src/notify/slack/render-incident.ts';
import { renderThread } from '../../../src/notify/slack/render-thread.ts';
import { at } from '../../kit/findings.ts';
import { hostile, hostileStory } from './hostile.ts';
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
  'reopened',
];

/** What a message may hold besides text: links to where we link, and times. */
const ours = [
  /^<https:\/\/(?:windsock|airflow|grafana)\.example\.com[^<>|]*\|[\w ]+>$/,
  // Addresses that the configuration and its rules give: one of the hostile texts is an address.
  /^<https:\/\/evil[^<>|\s]*\|(?:Runbook|About this error)>$/,
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
