import type { Delivered, PlanSettings, Posting } from '../../src/notify/plan.ts';
import { at } from '../kit/findings.ts';

export const settings: PlanSettings = {
  publicUrl: 'https://windsock.example.com/ws',
  resendMs: 60_000,
  endsAfterMs: 300_000,
  resolvedHoldMs: 900_000,
  tellLateMs: 3_600_000,
};

export const labels = {
  alertname: 'AirflowTaskFailed',
  severity: 'error',
  airflow: 'a',
  source: 'windsock',
  dag_id: 'etl',
  task_id: 'load',
};

export const delivered = (partial: Partial<Delivered> = {}): Delivered => ({
  incidentId: 'inc-1',
  severity: 'error',
  member: 'one',
  firingSentAt: at('10:00'),
  resolvedSentAt: null,
  late: false,
  rejected: null,
  rejectedAt: null,
  ...partial,
});

export const posting = (incidentId: string): Posting => ({
  incidentId,
  severity: 'error',
  labels: { ...labels, task_id: incidentId },
  annotations: {},
  generatorURL: 'https://windsock.example.com/',
  startsAt: at('10:00'),
  endsAt: at('10:05'),
  resolved: false,
  late: false,
});
