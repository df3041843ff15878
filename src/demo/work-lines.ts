import { iso } from './change.ts';
import { operatorLine, ownLine, type LogLine } from './log-line.ts';
import type { Random } from './random.ts';
import type { TryEvent } from './try-event.ts';

const count = (random: Random, from: number, to: number): number => Math.round(random.between(from, to));
/** As Python's f"{n:,}" writes it. */
const grouped = (n: number): string => n.toLocaleString('en-US');

/** What a task says when its work begins. */
export function beginLines({ task, dagId, dateMs }: TryEvent): LogLine[] {
  const day = iso(dateMs).slice(0, 10);
  switch (task.operator) {
    case 'PythonOperator':
      return [ownLine(`${task.taskId}: reading s3://lake/raw/${dagId}/dt=${day}/`, 'info', 38)];
    case 'SQLExecuteQueryOperator':
      return [
        operatorLine(
          `Executing: insert into mart.${task.taskId} select * from stage.${dagId} where day = '${day}'`,
          'sql.py',
          314,
        ),
        operatorLine("Using connection ID 'warehouse' for task execution.", 'base.py', 84),
      ];
    case 'SQLCheckOperator':
      return [
        operatorLine(
          `Executing SQL check: select count(*) > 0, sum(total) >= 0 from mart.orders where day = '${day}'`,
          'sql.py',
          771,
        ),
      ];
    case 'HttpOperator':
      return [
        operatorLine("Using connection ID 'partner_api' for task execution.", 'base.py', 84),
        operatorLine('Calling HTTP method', 'http.py', 180),
      ];
    case 'BashOperator':
      return [
        operatorLine('Tmp dir root location: /tmp', 'subprocess.py', 68),
        operatorLine(
          `Running command: ['/usr/bin/bash', '-c', 'dbt run --select ${task.taskId} --target prod']`,
          'subprocess.py',
          78,
        ),
        operatorLine('Output:', 'subprocess.py', 88),
      ];
    default:
      return [];
  }
}

/** What a task says of its work when that went well. */
export function successLines({ task, chosen, downstream }: TryEvent, random: Random): LogLine[] {
  const rows = count(random, 8000, 60_000);
  switch (task.operator) {
    case 'PythonOperator':
      return [
        ownLine(`read ${grouped(rows)} rows in ${count(random, 2, 9)} files`, 'info', 44),
        ...(random.chance(0.3) ? [ownLine(`${count(random, 1, 9)} rows without customer_id were dropped`, 'warning', 52)] : []),
        ownLine(
          `wrote part-${count(random, 0, 9999).toString().padStart(4, '0')}.parquet (${random.between(1, 20).toFixed(1)} MB)`,
          'info',
          61,
        ),
        operatorLine('Done. Returned value was: None', 'python.py', 233),
      ];
    case 'SQLExecuteQueryOperator':
      return [operatorLine(`Rows affected: ${rows}`, 'sql.py', 596)];
    case 'SQLCheckOperator':
      return [operatorLine(`Record: (True, Decimal('${rows}.50'))`, 'sql.py', 774), operatorLine('Success.', 'sql.py', 780)];
    case 'HttpOperator':
      return [operatorLine(`{"status": "ok", "items": ${count(random, 20, 400)}}`, 'http.py', 241)];
    case 'BashOperator':
      return [
        operatorLine('Running with dbt=1.9.1', 'subprocess.py', 93),
        operatorLine(
          `1 of 1 OK created sql table model mart.${task.taskId} [SELECT ${rows} in ${random.between(3, 40).toFixed(2)}s]`,
          'subprocess.py',
          93,
        ),
        operatorLine('Command exited with return code 0', 'subprocess.py', 97),
      ];
    case 'BranchPythonOperator':
      return [
        operatorLine(`Done. Returned value was: ${chosen}`, 'python.py', 233),
        operatorLine(`Branch into ${chosen}`, 'branch.py', 40),
        operatorLine(`Following branch {'${chosen}'}`, 'skipmixin.py', 124),
        operatorLine(
          `Skipping tasks [${downstream
            .filter((id) => id !== chosen)
            .map((id) => `('${id}', -1)`)
            .join(', ')}]`,
          'skipmixin.py',
          163,
        ),
      ];
    case 'FileSensor':
      return [pokeLine(task.taskId), operatorLine('Success criteria met. Exiting.', 'sensor.py', 250)];
    case 'EmailOperator':
      return [operatorLine("Sent an alert email to ['finance@shop.example']", 'email.py', 309)];
    default:
      return [];
  }
}

/** What a sensor says each time it looks. */
export const pokeLine = (taskId: string): LogLine =>
  operatorLine(`Poking for file /data/partner/${taskId}/ready.csv`, 'filesystem.py', 121);
