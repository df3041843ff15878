/** Why the errors of a cluster happen, as the newest explanation of one of them has it; redacted. */
export interface ClusterCause {
  incidentId: string;
  category: string;
  text: string;
  /** Where more is written about it. */
  docs: string | null;
}

/** Repeated errors, as one. */
export interface ErrorCluster {
  /** The fingerprint of the error that it began with. */
  id: string;
  type: string;
  template: string;
  /** The newest message. */
  example: string;
  count: number;
  firstSeenAt: Date;
  lastSeenAt: Date;
  cause: ClusterCause | null;
}

/** Where errors of a cluster were met. */
export interface ErrorPlace {
  dagId: string;
  /** Empty where only the DAG is known. */
  taskId: string;
  count: number;
}

/** How often errors of a cluster were met on a day (UTC), as 2026-11-26. */
export interface ErrorDay {
  day: string;
  count: number;
}

/** An error that a cluster holds. */
export interface ErrorMember {
  fingerprint: string;
  type: string;
  template: string;
  frames: string[];
  count: number;
  lastSeenAt: Date;
}
