import { families } from '../../src/measure/catalogue.ts';
import type { Row } from '../frame.ts';
import { palette } from '../palette.ts';
import { curves, number, rows } from '../panels.ts';
import { added, increase, maxBy, mean, now, observed, promql, quantile, sum, sumBy } from '../query.ts';

const { modelCallDuration: calls, modelTokens: tokens } = families;
// What failed has no answering model.
const failedCalls = observed(calls, { window: '$__interval', matchers: { gen_ai_response_model: '=""' } });
/** Where explanations come from, and what becomes of them. */
export const explanations: Row = {
  title: 'Explanations',
  panels: [
    curves({
      title: 'Explanations by outcome',
      description: 'Where explanations came from (llm, cache, rules), or why they stayed at rules.',
      unit: 'none',
      empty: 'Nothing was explained',
      width: 6,
      bars: '15m',
      stacked: true,
      min: 0,
      series: [{ legend: 'by {{outcome}}', expression: sumBy(['outcome'], increase(families.rcaRequests, '$__interval')) }],
    }),
    curves({
      title: 'How long rules take',
      description:
        'How long explaining an incident by rules took, evidence and log included. People are told with it, or without.',
      unit: 's',
      empty: 'Nothing was explained',
      width: 6,
      min: 0,
      series: [
        { legend: 'median', expression: quantile(0.5, families.rcaWork, { window: '15m' }) },
        { legend: 'p95', expression: quantile(0.95, families.rcaWork, { window: '15m' }) },
      ],
    }),
    number({
      title: 'Verified quotes',
      description:
        "Share of a model's quotes that stand on the line that they name, over the time shown. Others are not shown to anybody.",
      unit: 'percentunit',
      decimals: 0,
      empty: 'No model was asked',
      width: 4,
      height: 8,
      over: 'range',
      expression: mean(families.rcaVerified, { window: '$__range' }),
      steps: [
        [null, palette.bad],
        [0.8, palette.warn],
        [0.95, palette.good],
      ],
    }),
    curves({
      title: 'What people said',
      description: 'Thumbs and corrections of explanations, each hour.',
      unit: 'none',
      empty: 'Nobody said anything',
      width: 4,
      bars: '1h',
      stacked: true,
      min: 0,
      series: [{ legend: 'thumbs {{verdict}}', expression: sumBy(['verdict'], increase(families.rcaFeedback, '$__interval')) }],
    }),
    curves({
      title: 'Secrets taken out',
      description: 'Secrets that were taken out of logs before anybody saw them, by the rule that found them.',
      unit: 'none',
      empty: 'No secret was found',
      width: 4,
      bars: '1h',
      stacked: true,
      min: 0,
      series: [{ legend: 'rule {{rule}}', expression: sumBy(['rule'], increase(families.rcaRedactions, '$__interval')) }],
    }),
  ],
};

/** What the rules take. */
export const byRules: Row = {
  title: 'Rules',
  panels: [
    curves({
      title: 'How long explaining takes',
      description: 'From taking an incident up to its explanation by rules, evidence and log included, 95th percentile.',
      unit: 's',
      empty: 'Nothing was explained',
      width: 12,
      min: 0,
      series: [
        { legend: 'p95', expression: quantile(0.95, families.rcaWork, { window: '15m', matchers: { what: '="explained"' } }) },
      ],
    }),
    curves({
      title: 'What the worker did',
      description: 'Incidents explained, tried in vain, and refined by the logs of other tries.',
      unit: 'none',
      empty: 'Nothing was explained',
      width: 12,
      bars: '15m',
      stacked: true,
      min: 0,
      series: [{ legend: '{{what}}', expression: observed(families.rcaWork, { by: ['what'], window: '$__interval' }) }],
    }),
  ],
};

/** What asking language models takes. */
export const models: Row = {
  title: 'Language models',
  panels: [
    curves({
      title: 'How long models take',
      description: 'Duration of calls, their one repeat included.',
      unit: 's',
      empty: 'No model was asked',
      width: 8,
      min: 0,
      series: [
        { legend: 'median', expression: quantile(0.5, calls, { window: '15m' }) },
        { legend: 'p95', expression: quantile(0.95, calls, { window: '15m' }) },
      ],
    }),
    curves({
      title: 'Calls',
      description: 'Calls by model, and calls that got no answer.',
      unit: 'none',
      empty: 'No model was asked',
      width: 8,
      bars: '15m',
      min: 0,
      series: [
        {
          legend: '{{gen_ai_provider_name}} {{gen_ai_request_model}}',
          expression: observed(calls, { by: ['gen_ai_provider_name', 'gen_ai_request_model'], window: '$__interval' }),
        },
        { legend: 'failed', expression: failedCalls },
      ],
    }),
    curves({
      title: 'Tokens',
      description: 'Tokens that went in and came out, by model.',
      unit: 'short',
      empty: 'No model was asked, or none told its tokens',
      width: 8,
      bars: '15m',
      stacked: true,
      min: 0,
      series: [
        {
          legend: '{{gen_ai_request_model}} {{gen_ai_token_type}}',
          expression: added(tokens, { by: ['gen_ai_request_model', 'gen_ai_token_type'], window: '$__interval' }),
        },
      ],
    }),
    curves({
      title: 'Cost of models',
      description: 'What calls cost by the prices in llm.prices, in their currency.',
      unit: 'short',
      empty: 'No model with a price was asked',
      width: 8,
      bars: '1h',
      stacked: true,
      min: 0,
      series: [
        {
          legend: '{{provider}} {{model}}',
          expression: sumBy(['provider', 'model'], increase(families.rcaCost, '$__interval')),
        },
      ],
    }),
    rows({
      title: 'Budget that is left',
      description: 'Calls and tokens that may still be spent. At 0 explanations stay at rules.',
      unit: 'short',
      empty: 'No model is configured',
      width: 8,
      labels: { window: { title: 'In the last' }, unit: { title: 'What' } },
      values: [{ title: 'Left', unit: 'short', expression: maxBy(['window', 'unit'], now(families.rcaBudget)) }],
      sort: 'Left',
    }),
    rows({
      title: 'Providers',
      description: 'The state of each provider: closed is well, open is left alone for a while, degraded needs a person.',
      unit: 'none',
      empty: 'No model is configured',
      width: 5,
      labels: { provider: { title: 'Provider' }, state: { title: 'State' } },
      values: [{ title: 'Now', expression: promql`${maxBy(['provider', 'state'], now(families.rcaBreaker))} == 1` }],
      sort: 'Provider',
    }),
    number({
      title: 'Questions that wait',
      description: 'Questions that wait for a model.',
      unit: 'none',
      empty: 'No model is configured',
      width: 3,
      height: 8,
      expression: sum(now(families.rcaQueue)),
    }),
  ],
};
