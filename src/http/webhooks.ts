/** Where Alertmanager posts; it has a secret of its own. */
export const alertmanagerWebhook = '/api/v1/webhooks/alertmanager';
