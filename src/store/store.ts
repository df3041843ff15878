/** What a room's `save(tx, …)` gets: statements inside the one transaction of a cycle. */
export interface Tx {
  /** Rows of one parameterised statement. */
  query<Row extends object = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<Row[]>;
}

/** Our own state's database. */
export interface Store extends Tx {
  readonly url: string;
  /** Runs `work` in one transaction: committed when it resolves, rolled back when it throws. */
  transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}
