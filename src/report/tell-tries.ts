import { countText, percentText, secondsText, valueText } from '../lib/number-text.ts';
import { changePart, countChange, wholeText } from './changes.ts';
import type { Section } from './document.ts';
import type { Report } from './report.ts';
import { moreText, taskSpan } from './tell-incidents.ts';
import type { Links } from './links.ts';

/** What tries that failed took, and what heals again and again. */
export function tellTries({ tries, flakiest }: Report, links: Links): Section[] {
  const { failed, failedSeconds, failedShare, final, all, costliest } = tries;
  const hours = (seconds: number): string => `${valueText(Number((seconds / 3600).toPrecision(3)))} slot-hours`;
  const cost =
    failed.now === null || failedSeconds.now === null
      ? 'How many tries failed is not known.'
      : failed.now === 0
        ? `None of ${countText(all.now ?? 0, 'try', 'tries')} failed${changePart(failed, wholeText)}.`
        : `${countText(failed.now, 'failed try', 'failed tries')} of ${wholeText(all.now ?? 0)} (${wholeText(final.now ?? 0)} for good) took ${secondsText(failedSeconds.now)}, ${hours(failedSeconds.now)} of one slot each, ${percentText(failedShare.now ?? 0)} of all time${changePart(failedSeconds, secondsText)}.`;
  return [
    {
      id: 'flakiest',
      title: 'Flakiest',
      blocks:
        flakiest.count === 0
          ? [
              {
                kind: 'text',
                text:
                  flakiest.healed.now === null ? 'Whether tries healed is not known.' : 'No task needed a second try to succeed.',
              },
            ]
          : [
              { kind: 'text', text: `${countChange(flakiest.healed, 'success of a later try', 'successes of a later try')}.` },
              {
                kind: 'table',
                columns: [
                  { name: 'Task' },
                  { name: 'Healed', isNumber: true },
                  { name: 'Failed tries', isNumber: true },
                  { name: 'Successes', isNumber: true },
                ],
                rows: flakiest.items.map(({ healed, retry, failure, success, ...task }) => [
                  taskSpan(task, links),
                  { text: wholeText(healed) },
                  { text: wholeText(retry + failure) },
                  { text: wholeText(success) },
                ]),
                more: moreText(flakiest),
              },
            ],
    },
    {
      id: 'retries',
      title: 'What failed tries cost',
      blocks: [
        { kind: 'text', text: cost },
        ...(costliest.count === 0
          ? []
          : [
              {
                kind: 'table' as const,
                columns: [
                  { name: 'Task' },
                  { name: 'Lost', isNumber: true },
                  { name: 'Failed tries', isNumber: true },
                  { name: 'For good', isNumber: true },
                ],
                rows: costliest.items.map(({ failedSeconds: lost, retry, failure, ...task }) => [
                  taskSpan(task, links),
                  { text: secondsText(lost) },
                  { text: wholeText(retry + failure) },
                  { text: wholeText(failure) },
                ]),
                more: moreText(costliest),
              },
            ]),
      ],
    },
  ];
}

/** What language models took; nothing where none was asked. */
export function tellModels({ models }: Report): Section[] {
  const { byModel, calls, cost, tokens } = models;
  if (byModel.length === 0) return [];
  const costText = cost.now === null ? 'no price is configured for them' : `cost ${valueText(cost.now)}`;
  return [
    {
      id: 'models',
      title: 'Language models',
      blocks: [
        { kind: 'text', text: `${countChange(calls, 'call')}; ${wholeText(tokens.now ?? 0)} tokens; ${costText}.` },
        {
          kind: 'table',
          columns: [
            { name: 'Model' },
            { name: 'Calls', isNumber: true },
            { name: 'Tokens in', isNumber: true },
            { name: 'Tokens out', isNumber: true },
            { name: 'Cost', isNumber: true },
          ],
          rows: byModel.map((each) => [
            { text: `${each.provider} ${each.model}` },
            { text: wholeText(each.calls) },
            { text: wholeText(each.inputTokens) },
            { text: wholeText(each.outputTokens) },
            { text: each.cost === null ? '–' : valueText(each.cost) },
          ]),
          more: null,
        },
      ],
    },
  ];
}
