/** ISO 8601, UTC: what is kept goes through JSON as it is. */
export type Time = string;

/** The code that a try used: a DAG version (3.x), else the hash of the DAG. */
export interface Version {
  number: number | null;
  bundleVersion: string | null;
  hash: string | null;
}
