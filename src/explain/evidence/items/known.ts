import { matches } from '../../../incident/suppress.ts';
import { readDag } from '../../../collect/list-dags.ts';
import { AppError } from '../../../lib/errors.ts';
import type { Item } from '../item.ts';
import { timeOf, type Scene } from '../scene.ts';

/** E11: what is known of it already. */
export const known: Item<'known'> = {
  id: 'E11',
  async gather(scene) {
    const { incident, runbooks = [] } = scene;
    const { suppression } = incident;
    const issue = suppression?.reason === 'known_issue' ? { ticket: suppression.by, until: timeOf(suppression.until) } : null;
    const facts = runbooks.length === 0 ? { owners: [], tags: [] } : await catalogueOf(scene);
    const runbook = runbooks.find(({ match }) => matches(match, { ...incident, ...facts }))?.url ?? null;
    return issue === null && runbook === null ? null : { issue, runbook };
  },
  tell: ({ issue, runbook }) => [
    ...(issue === null ? [] : [`known issue ${issue.ticket}`]),
    ...(runbook === null ? [] : [`runbook: ${runbook}`]),
  ],
};

async function catalogueOf({ store, deployment, dagId }: Scene): Promise<{ owners: string[]; tags: readonly string[] }> {
  if (dagId === null) return { owners: [], tags: [] };
  try {
    const { owners, tags } = await readDag(store, deployment, dagId);
    return { owners: owners.split(',').map((owner) => owner.trim()), tags };
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return { owners: [], tags: [] };
    throw error;
  }
}
