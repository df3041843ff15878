/** A metric's name as Prometheus takes it, without colons, which are for recording rules. */
export const metricNames = /^[a-zA-Z_][a-zA-Z0-9_]{0,199}$/;
/** A label's name; those that begin with __ are Prometheus' own. */
export const labelNames = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]{0,99}$/;
