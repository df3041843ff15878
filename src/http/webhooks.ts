/** Where Alertmanager posts; it has a secret of its own. */
export const alertmanagerWebhook = '/api/v1/webhooks/alertmanager';
/** Where Slack tells of buttons that were pressed; it signs what it sends. */
export const slackWebhook = '/api/v1/webhooks/slack';
