import { decideFeedback, giveFeedback } from './explain/feedback/feedback.ts';
import { listFeedback } from './explain/feedback/feedback-rows.ts';
import type { FeedbackSources } from './http/sources.ts';
import { systemClock } from './lib/clock.ts';
import type { Store } from './store/store.ts';
import type { RcaMetrics } from './telemetry/rca.ts';

/** What people say of explanations: any replica takes it. */
export function feedbackSources(store: Store, deployment: () => string, metrics: Pick<RcaMetrics, 'feedback'>): FeedbackSources {
  return {
    async give(incidentId, given, who) {
      const feedback = await giveFeedback(store, deployment(), incidentId, given, { who, now: systemClock.now() });
      metrics.feedback(given.verdict);
      return feedback;
    },
    list: (filter, page) => listFeedback(store, deployment(), filter, page),
    decide: (id, decision, who) => decideFeedback(store, deployment(), id, decision, { who, now: systemClock.now() }),
  };
}
