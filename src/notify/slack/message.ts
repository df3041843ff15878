/** One block of Slack's Block Kit, as the API takes it. */
export interface Block {
  readonly type: string;
  readonly [field: string]: unknown;
}

/** What a message in Slack says. `text` stands in notifications, and alone where blocks cannot be shown or are refused. */
export interface SlackMessage {
  text: string;
  blocks: readonly Block[];
}
