import { expect, test } from 'vitest';
import { scheduleText } from '../../src/airflow/read-dags.ts';

test.each([
  ['"0 6 * * 1"', '0 6 * * 1'],
  ['"Dataset"', 'Dataset'],
  ['null', ''],
  ['', ''],
  ['{"type": "timedelta", "attrs": {"days": 1, "seconds": 21600, "microseconds": 0}}', '1 day, 6:00:00'],
  ['{"type": "timedelta", "attrs": {"days": 2, "seconds": 0, "microseconds": 0}}', '2 days, 0:00:00'],
  ['{"type": "timedelta", "attrs": {"days": 0, "seconds": 5405, "microseconds": 0}}', '1:30:05'],
  ['{"type": "relativedelta", "attrs": {"months": 1}}', '{"type": "relativedelta", "attrs": {"months": 1}}'],
])('the schedule %s of Airflow 2 is shown as "%s"', (json, text) => {
  expect(scheduleText(json)).toBe(text);
});
