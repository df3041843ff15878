/** An alert as Alertmanager's webhook (version 4) tells of it. */
export interface WebhookAlert {
  /** Names it; with `startsAt` it is one episode, whoever tells of it again. */
  fingerprint: string;
  status: 'firing' | 'resolved';
  labels: Readonly<Record<string, string>>;
  annotations: Readonly<Record<string, string>>;
  startsAt: Date;
  /** Null while it fires. */
  endsAt: Date | null;
}

/**
 * Which of these alerts are about incidents of this deployment, and which come from elsewhere: from another Windsock, or from
 * none. Pure.
 */
export function sortAlerts(alerts: readonly WebhookAlert[], airflow: string): { own: WebhookAlert[]; foreign: WebhookAlert[] } {
  const isOwn = ({ labels }: WebhookAlert): boolean => labels['source'] === 'windsock' && labels['airflow'] === airflow;
  return { own: alerts.filter(isOwn), foreign: alerts.filter((alert) => !isOwn(alert)) };
}

/** Which incident an alert of ours is about, by the page that it names; null: it names none. Pure. */
export function incidentOfAlert({ annotations }: Pick<WebhookAlert, 'annotations'>): string | null {
  const page = annotations['incident_url'] ?? '';
  const id = URL.canParse(page) ? /\/incidents\/([^/]{1,100})$/.exec(new URL(page).pathname)?.[1] : undefined;
  return id === undefined || !/^[\w.~-]+$/.test(id) ? null : id;
}
