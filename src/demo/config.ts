import { z } from 'zod';

export const faultKinds = ['slow', 'fail', 'stuck', 'late', 'surge', 'pool', 'scheduler', 'import'] as const;
export type FaultKind = (typeof faultKinds)[number];

/** What each kind of fault does, as a person asks for it. */
export const faultEffects: Record<FaultKind, string> = {
  slow: 'a task takes five times as long, and a minute more at least',
  fail: 'every try of a DAG fails',
  stuck: 'queued tries of a DAG never start',
  late: 'no run of a DAG is created',
  surge: 'every try of every DAG fails',
  pool: 'tries hold the slots of a pool twenty times as long',
  scheduler: 'the scheduler stops: no heartbeat, nothing is scheduled',
  import: "a DAG's file does not parse any more",
};

/** A fault from now on, for a while. Without `dagId` the world's usual victim is hit. */
export const faultSchema = z.strictObject({
  kind: z.enum(faultKinds),
  dagId: z.string().exactOptional(),
  taskId: z.string().exactOptional(),
  forSeconds: z.number().positive().exactOptional(),
});
export type Fault = z.output<typeof faultSchema>;
