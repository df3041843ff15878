const timeoutMs = 3000;
/** Where Slack takes answers to a press, besides the host of its API. */
const slackHosts: ReadonlySet<string> = new Set(['hooks.slack.com', 'hooks.slack-gov.com']);

/** Whether an answer may be sent there: to Slack, or to where Slack's API is configured to be, and to nobody else. */
export function mayRespondTo(responseUrl: string, apiUrl: string): boolean {
  if (!URL.canParse(responseUrl)) return false;
  const url = new URL(responseUrl);
  if (url.username !== '' || url.password !== '') return false;
  if (url.protocol === 'https:' && url.port === '' && slackHosts.has(url.hostname)) return true;
  return url.origin === new URL(apiUrl).origin;
}

/** Tells the person who pressed a button, and nobody else. Throws when Slack does not take it. */
export async function respond(responseUrl: string, text: string): Promise<void> {
  const answer = await fetch(responseUrl, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ response_type: 'ephemeral', replace_original: false, text }),
    redirect: 'error',
    signal: AbortSignal.timeout(timeoutMs),
  });
  await answer.body?.cancel();
  if (!answer.ok) throw new Error(`Slack answered ${answer.status}`);
}
