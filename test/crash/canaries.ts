import { dag, task, type World } from '../../src/demo/dag.ts';
import type { Simulation } from '../../src/demo/simulation.ts';
import type { startReceiver } from '../kit/alertmanager.ts';
import { busyWorld } from '../kit/busy-airflow.ts';

type Receiver = Awaited<ReturnType<typeof startReceiver>>;

const canary = (number: number): string => `canary_${number}`;

/** The busy world, and DAGs that run when they are told to: what goes wrong in them is known to the last one. */
export const worldWithCanaries = (count: number): World => ({
  ...busyWorld,
  dags: [
    ...busyWorld.dags,
    ...Array.from({ length: count }, (_, number) =>
      dag(canary(number), { kind: 'none' }, [task('sing', [], { medianSeconds: 2, failRate: 0, skipRate: 0, retries: 0 })]),
    ),
  ],
});

/** What is done to canaries, and what became of them. */
export interface Canaries {
  /** The next one fails, once and for good. */
  fail(): void;
  /** One of these that is still failing succeeds. */
  heal(failing: ReadonlySet<string>): Promise<void>;
  failed(): string[];
  healed(): string[];
}

export function startCanaries(simulation: Simulation): Canaries {
  const failed: string[] = [];
  const healed = new Set<string>();
  return {
    fail() {
      const dagId = canary(failed.length);
      simulation.inject({ kind: 'fail', dagId, taskId: 'sing', forSeconds: 60 });
      failed.push(dagId);
    },
    async heal(failing) {
      const faulty = new Set(simulation.faults().map(({ dagId }) => dagId));
      const next = failed.find((dagId) => failing.has(dagId) && !healed.has(dagId) && !faulty.has(dagId));
      if (next === undefined) return;
      healed.add(next);
      await simulation.trigger(next);
    },
    failed: () => [...failed],
    healed: () => failed.filter((dagId) => healed.has(dagId)),
  };
}

export interface ShownIncident {
  id: string;
  kind: string;
  state: 'open' | 'acknowledged' | 'resolved';
  subject: { dagId?: string; taskId?: string };
  root_id: string | null;
  recurrences: number;
  end_reason: string | null;
}

/** Every incident of this kind, as the API gives them, each with the kinds of its events. */
export async function incidentsOf(url: string, kind: string): Promise<(ShownIncident & { events: string[] })[]> {
  const read = async <Body>(path: string): Promise<Body> => (await (await fetch(`${url}/api/v1/${path}`)).json()) as Body;
  const found: (ShownIncident & { events: string[] })[] = [];
  let cursor: string | null = '';
  while (cursor !== null) {
    const page: { items: ShownIncident[]; next_cursor: string | null } = await read(
      `incidents?kind=${kind}&members=true&limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`,
    );
    for (const incident of page.items) {
      const { events } = await read<{ events: { kind: string }[] }>(`incidents/${incident.id}`);
      found.push({ ...incident, events: events.map((event) => event.kind) });
    }
    cursor = page.next_cursor;
  }
  return found;
}

/** What people were told of each alert, by its fingerprint: `firing`, `resolved`, in the order in which it came. */
export function toldByAlert({ messages }: Receiver): Map<string, string[]> {
  const told = new Map<string, string[]>();
  for (const { fingerprint, status } of messages.flatMap(({ alerts }) => alerts))
    told.set(fingerprint, [...(told.get(fingerprint) ?? []), status]);
  return told;
}
