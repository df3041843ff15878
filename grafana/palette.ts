/** The one palette: Grafana's own names, which suit dark and light. The same thing has the same colour on every dashboard. */
export const palette = {
  good: 'green',
  warn: 'orange',
  bad: 'red',
  worst: 'dark-red',
  calm: 'blue',
  plain: 'text',
  quiet: 'gray',
} as const;

export type Colour =
  | (typeof palette)[keyof typeof palette]
  | `${'light' | 'semi-dark' | 'super-light'}-${string}`
  | 'purple'
  | 'yellow';

/** By what a series is called: states of runs and tasks, outcomes, severities, bounds. */
export const colours: Readonly<Record<string, Colour>> = {
  success: palette.good,
  succeeded: palette.good,
  failed: palette.bad,
  retried: palette.warn,
  'upstream failed': 'light-red',
  skipped: 'purple',
  running: palette.calm,
  queued: 'yellow',
  scheduled: 'light-blue',
  deferred: 'light-purple',
  up_for_retry: palette.warn,
  up_for_reschedule: 'light-orange',
  restarting: palette.quiet,
  open: palette.good,
  critical: palette.worst,
  error: palette.bad,
  warning: palette.warn,
  info: palette.calm,
  median: palette.calm,
  p95: palette.warn,
  p99: palette.bad,
  expected: palette.good,
  'slow beyond': palette.warn,
  'fast below': 'light-blue',
  observed: palette.calm,
  missed: palette.bad,
  overdue: palette.warn,
  pending: palette.calm,
};
