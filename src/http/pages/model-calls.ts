import { html } from 'hono/html';
import type { ModelCall } from '../../explain/call/list-calls.ts';
import { countText, secondsText } from '../../lib/number-text.ts';
import type { RcaOutcome } from '../../telemetry/rca.ts';
import type { IncidentDetail } from '../sources.ts';
import { badge } from './badge.ts';
import type { Html } from './frame.ts';
import { ago } from './time.ts';

const outcomeNames: Record<RcaOutcome, string> = {
  llm: 'verified',
  cache: 'taken again',
  unverified: 'not verified',
  rules: 'rules',
  budget: 'over budget',
  breaker: 'left alone',
  busy: 'too late',
  invalid: 'no answer to read',
  refused: 'refused',
  failed: 'failed',
};

/** What it took, and what came of it beyond the outcome. */
function told({ requests, inputTokens, outputTokens, cost, seconds, evicted, detail }: ModelCall): string {
  return [
    countText(requests, 'request'),
    `${countText(inputTokens, 'token')} in, ${outputTokens.toLocaleString('en')} out`,
    ...(cost === null ? [] : [`cost ${Number(cost.toPrecision(3))}`]),
    secondsText(seconds),
    ...(detail === '' ? [] : [detail]),
    ...(evicted ? ['people called it wrong'] : []),
  ].join(' · ');
}

/** What language models were asked about an incident, and what it took; nothing where none was asked. */
export function modelCalls({ modelCalls: calls }: IncidentDetail, now: Date): Html {
  if (calls.length === 0) return html``;
  return html`<section>
    <h2 id="model-calls">Asked of language models</h2>
    <ul class="card plain-rows">
      ${calls.map(
        (call) =>
          html`<li>
            ${badge(call.outcome === 'llm' ? 'good' : 'wait', outcomeNames[call.outcome])}
            ${call.model === null ? 'nobody answered' : `${call.provider ?? ''} ${call.model}`}, ${ago(call.at, now)}
            <small class="soft">${told(call)}</small>
          </li>`,
      )}
    </ul>
  </section>`;
}
