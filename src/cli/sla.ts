import { Command } from 'commander';
import { styleText } from 'node:util';
import { loadConfig, type Environment } from '../config.ts';
import { slaJson } from '../http/api/sla-schema.ts';
import { redact, redactedJson } from '../redact/redact.ts';
import { listSlas } from '../sla/list.ts';
import type { SlaObjective } from '../sla/objective.ts';
import { isNameOf } from '../sla/select.ts';
import type { SlaStatus } from '../sla/status.ts';
import { sentenceOf } from '../sla/words.ts';
import { withStore } from './read-store.ts';
import { columnsOf, wrap } from './wrap.ts';

/** `windsock sla`: how each SLA stands, in words, as the Windsock that serves last judged it. */
export function slaCommand(environment: Environment): Command {
  return new Command('sla')
    .description('Show how each SLA stands, in words, as it was last judged')
    .option('--config <file>', 'YAML configuration file (default: WINDSOCK_CONFIG, else the environment alone)')
    .option('--json', 'one JSON object a line')
    .action(async ({ config: given, json = false }: { config?: string; json?: boolean }) => {
      const config = loadConfig(environment, given ?? environment['WINDSOCK_CONFIG']);
      const { objectives } = config.sla;
      const statuses = await withStore(config, 'windsock-sla', (store) => listSlas(store, config.airflow.name));
      const known = statuses.filter(({ sla }) => objectives.some((objective) => isNameOf(objective, sla)));
      const lines = json
        ? known.map((status) => redactedJson(slaJson(status)))
        : slaLines(objectives, known, columnsOf(process.stdout));
      for (const line of lines) process.stdout.write(`${line}\n`);
    });
}

const marks = { met: ['green', 'met     '], breached: ['red', 'BREACHED'], unknown: ['dim', 'unknown '] } as const;
const placeWidthMax = 48;

/** What a person reads: each promise, and below it how it stands on each of its targets. */
export function slaLines(
  objectives: readonly SlaObjective[],
  statuses: readonly SlaStatus[],
  columns: number = Infinity,
): string[] {
  if (objectives.length === 0) return ['No SLA is configured; docs/SLAS.md shows how to write one.'];
  const placesOf = (objective: SlaObjective) =>
    statuses.filter(({ sla }) => isNameOf(objective, sla)).map((status) => placeOf(status, objective).length);
  const width = Math.min(placeWidthMax, Math.max(0, ...objectives.flatMap(placesOf)));
  return objectives.flatMap((objective, index) => {
    const on = statuses.filter(({ sla }) => isNameOf(objective, sla));
    const lines = on.flatMap((status) => {
      const [style, mark] = marks[status.state];
      const place = placeOf(status, objective).padEnd(width);
      const shown = `  ${styleText(style, mark)} ${place} `;
      return wrap({ prefix: `  ${mark} ${place} `, shown, text: redact(status.standing), indent: 11 }, columns);
    });
    const none = `  ${styleText('dim', 'nothing matches it, or no Windsock has judged it yet')}`;
    const sentence = wrap({ prefix: '', text: redact(sentenceOf(objective, null)), indent: 0 }, columns);
    return [...(index === 0 ? [] : ['']), ...sentence, ...(lines.length === 0 ? [none] : lines)];
  });
}

/** The DAG or task, and which values of the labels of a posted metric. */
function placeOf({ sla, dagId, taskId }: SlaStatus, { name }: SlaObjective): string {
  const values = sla.slice(name.length).trim();
  const ids = dagId === '' ? '' : taskId === '' ? dagId : `${dagId}.${taskId}`;
  return [ids, values].filter((part) => part !== '').join(' ') || 'all together';
}
