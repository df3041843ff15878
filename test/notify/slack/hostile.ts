import fc from 'fast-check';
import type { Explanation } from '../../../src/explain/explanation.ts';
import type { Finding } from '../../../src/detect/finding.ts';
import { storyOf, type IncidentStory, type StoryPlaces } from '../../../src/notify/slack/story.ts';
import { at, incident } from '../../kit/findings.ts';
import { explanation, keptExplanation } from '../../kit/explanations.ts';

/** Slack's markup, put together at random with what stands in logs. */
const hostilePieces = [
  '<!channel>',
  '<!here|x>',
  '<!everyone>',
  '<@U0123ABCD>',
  '<#C0123|general>',
  '<https://evil.example|click>',
  '<mailto:a@b.c|m>',
  '&lt;!channel&gt;',
  '&amp;',
  '<!date^1^{date}|x>',
  '```',
  '``',
  '`',
  '\n```\n',
  '*b*',
  '_i_',
  '~s~',
  '>',
  '\n> quote',
  ':fire:',
  '|',
  '^',
  '\u202Eevil',
  '\u200B',
  '\u0000',
  '\uD83D',
  '😀',
  'é',
  'é'.normalize('NFD'),
  'https://evil.example',
  '@channel',
  '#general',
  ' ',
  '\n',
  'password=hunter2hunter2',
  'a',
  'x'.repeat(400),
  '&'.repeat(300),
  '😀'.repeat(200),
];
export const hostile = fc.oneof(
  fc.array(fc.constantFrom(...hostilePieces), { maxLength: 40 }).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 500 }),
  fc.string({ unit: fc.constantFrom('<', '>', '&', '`', '!', '|', 'a', '\n', '*'), maxLength: 200 }),
);

export const places: StoryPlaces = {
  publicUrl: 'https://windsock.example.com/ws',
  airflowUrl: 'https://airflow.example.com',
  airflowVersion: '3.1.0',
  grafanaUrl: 'https://grafana.example.com',
  chartOf: () => 'https://windsock.example.com/ws/charts/incident/inc-1.png?signature=abc',
};

/** Stories of which every text that comes from outside is hostile. */
export const hostileStory: fc.Arbitrary<IncidentStory> = fc
  .record({
    texts: fc.array(hostile, { minLength: 16, maxLength: 16 }),
    state: fc.constantFrom('open' as const, 'acknowledged' as const, 'resolved' as const),
    severity: fc.constantFrom('info' as const, 'critical' as const),
    measured: fc.boolean(),
    explained: fc.boolean(),
    suppressed: fc.boolean(),
    count: fc.nat({ max: 100_000 }),
    category: fc.constantFrom<Explanation['category'][]>('unknown', 'resource_error'),
  })
  .map(({ texts, state, severity, measured, explained, suppressed, count, category }) => {
    const t = (index: number): string => texts[index] ?? '';
    const opening: Partial<Finding> = {
      subject: { type: 'task', dagId: t(0), taskId: t(1) },
      title: t(2),
      severity,
      occasion: { runId: t(3), runPk: 1, runType: 'manual', mapIndex: count, tryNumber: count },
      ...(measured ? { observed: { value: count, unit: 'seconds' }, expected: { lower: 1, middle: 2, upper: 3 }, n: count } : {}),
    };
    const kept = keptExplanation({
      resultA: explanation({
        category,
        subcategory: t(4),
        rootCause: t(5),
        evidence: [t(6), t(7), t(8), t(9)].map((quote) => ({ ref: 'L1', quote, verified: true })),
        nextSteps: [t(10), t(11), t(12), t(13)],
        docs: `https://wiki.example.com/${t(14)}`,
      }),
      evidence: [
        { id: 'E8', text: t(15) },
        { id: 'E10', text: [t(1), t(2), t(3)].join('; ') },
      ],
      // They come from the configuration: their hosts are trusted, whatever else stands in them.
      circumstances: { known: { runbook: `https://wiki.example.com/${t(15)}` } },
    });
    return storyOf(
      {
        incident: incident(
          {
            state,
            recurrences: count,
            labels: { dag_owner: t(8), team: t(9) },
            acknowledgedBy: state === 'open' ? null : t(10),
            acknowledgedAt: state === 'open' ? null : at('10:04'),
            resolvedAt: state === 'resolved' ? at('11:00') : null,
            endReason: state === 'resolved' ? 'cleared' : null,
            suppression: suppressed ? { reason: 'maintenance', by: t(11), until: at('12:00') } : null,
          },
          opening,
        ),
        explanation: explained ? kept : undefined,
        consequences: count,
        events: [{ id: 1, incidentId: 'inc-1', at: at('11:00'), kind: 'resolved', who: t(12), text: t(13) }],
      },
      places,
    );
  });
