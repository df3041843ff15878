import { sentenceOf } from '../../sla/words.ts';
import type { Check } from './line.ts';

/** Each SLA in a sentence. That they are valid was seen with the configuration. */
export const checkSla: Check = async ({ sla: { objectives } }, tell) => {
  for (const objective of objectives) tell({ what: 'sla', state: 'ok', detail: sentenceOf(objective, null) });
};
