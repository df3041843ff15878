import type { Explanation } from '../../src/explain/explanation.ts';
import type { KeptExplanation } from '../../src/explain/rows.ts';
import { at } from './findings.ts';

export const explanation = (partial: Partial<Explanation> = {}): Explanation => ({
  source: 'rules',
  category: 'resource_error',
  subcategory: 'disk_full',
  rootCause: 'The disk is full.',
  transient: 'no',
  evidence: [{ ref: 'L3', quote: 'OSError: No space left on device', verified: true }],
  nextSteps: ['Free space on the worker.'],
  alternatives: [],
  confidence: 0.8,
  rule: 'disk-full',
  docs: null,
  ...partial,
});

/** A kept explanation with everything that a test does not care about. */
export const keptExplanation = (partial: Partial<KeptExplanation> = {}): KeptExplanation => ({
  incidentId: 'inc-1',
  event: 'run:1:load:1',
  madeAt: at('10:00'),
  log: null,
  evidence: [{ id: 'E1', text: 'try 1 of 3 ran for 12 s' }],
  circumstances: {},
  resultA: explanation(),
  resultB: null,
  signature: 'a'.repeat(40),
  askAfter: null,
  outcome: null,
  ...partial,
});
