import { readVersions } from '../../../airflow/read-versions.ts';
import { readDag } from '../../../collect/list-dags.ts';
import { AppError } from '../../../lib/errors.ts';
import type { Version } from '../time.ts';
import type { Action, Changes } from '../surroundings.ts';
import type { Item } from '../item.ts';
import { parseErrorOf } from '../parse-error.ts';
import { timeOf, type Scene } from '../scene.ts';
import { ago, clockTime, counted, sameVersion, some, versionText } from '../words.ts';

const versionsMost = 10;
const actionsMost = 30;

/** E8: what changed since the last success. */
export const changes: Item<'changes'> = {
  id: 'E8',
  async gather(scene) {
    const { dagId, shape, now, incident, snapshot } = scene;
    const past = (await scene.past()).find(({ state }) => state === 'success');
    const { since, found } = await scene.audit();
    const versions = dagId === null ? [] : await scene.read((read) => readVersions(read, shape, dagId, versionsMost));
    const dag = await knownDag(scene);
    const file = incident.subject.type === 'file' ? incident.subject.file : (dag?.file ?? null);
    return {
      since: timeOf(since),
      version: await versionsOf(scene, past?.version ?? null),
      versions: versions.map(({ createdAt, ...rest }) => ({ ...rest, createdAt: createdAt.toISOString() })),
      importError: parseErrorOf(snapshot?.importErrors, file),
      actions: (found?.actions ?? [])
        .filter(({ at }) => at <= now)
        .slice(0, actionsMost)
        .map(({ at, ...rest }) => ({ ...rest, at: at.toISOString() })),
      readBackTo: timeOf(found?.readBackTo),
      pausedAt: timeOf(dag?.pausedAt),
      goneAt: timeOf(dag?.goneAt),
      file,
      schedule: dag?.schedule ?? null,
      nextRunAt: timeOf(dag?.nextRunAt),
    };
  },
  tell(part, at) {
    const { version, importError, actions, since, pausedAt, goneAt } = part;
    const told = actions.slice(0, 4).map((each) => `${deedText(each)} ${ago(each.at, at)}`);
    const news = version === null && since !== null ? part.versions.filter(({ createdAt }) => createdAt > since) : [];
    const nothing =
      since !== null && version?.changed === false && actions.length === 0 && importError === null && coversSince(part);
    return [
      ...(importError === null ? [] : [parseText(importError)]),
      ...(goneAt === null ? [] : [`the DAG left the catalogue ${ago(goneAt, at)}`]),
      ...(pausedAt === null ? [] : [`the DAG is paused since ${clockTime(pausedAt, at)}`]),
      ...(version?.changed === true && version.before !== null && version.now !== null
        ? [`the code changed since the last success: ${versionText(version.before)} before, ${versionText(version.now)} now`]
        : []),
      ...(news.length === 0 ? [] : [`the code of the DAG was written anew ${ago(news[0]?.createdAt ?? '', at)}`]),
      ...(told.length === 0
        ? []
        : [
            `since the last success: ${some(told, 4)}${actions.length > 4 ? ` (${counted(actions.length, 'action')} in all)` : ''}`,
          ]),
      ...(nothing
        ? [`nothing known changed since the last success ${ago(since ?? '', at)}: same code, no action of a person`]
        : []),
      ...(version?.changed === false && !nothing ? ['the code is that of the last success'] : []),
    ];
  },
};

/** Whether what people did is known back to the last success. */
const coversSince = ({ since, readBackTo }: Changes): boolean => since !== null && readBackTo !== null && readBackTo <= since;

/** `bob cleared load`, `ann changed a variable`. */
export function deedText({ deed, who, dagId, taskId, event }: Action): string {
  const name = who === null || who === '' ? 'somebody' : who;
  const where = taskId ?? dagId ?? '';
  switch (deed) {
    case 'variable':
      return `${name} ${changeWord(event)} a variable`;
    case 'connection':
      return `${name} ${changeWord(event)} a connection`;
    case 'pool':
      return `${name} ${changeWord(event)} a pool`;
    case 'clear':
      return `${name} cleared ${where}`;
    case 'mark':
      return `${name} set the state of ${where}`;
    case 'trigger':
      return `${name} triggered ${where}`;
    case 'pause':
      return `${name} paused or resumed ${where}`;
    case 'delete':
      return `${name} deleted ${where}`;
    case 'backfill':
      return `${name} touched a backfill of ${where}`;
    case 'asset':
      return `${name} made an asset event`;
  }
}

const changeWord = (event: string): string =>
  /delete/.test(event)
    ? 'deleted'
    : /create|post_|_add/.test(event)
      ? 'added'
      : /import|bulk/.test(event)
        ? 'imported'
        : 'changed';

/** Why a file does not parse, with the place. */
export function parseText({ file, type, message, place }: NonNullable<Changes['importError']>): string {
  const what = message === '' ? type : `${type}: ${message}`;
  const where = place === null ? '' : ` at ${place.file}:${place.line}${place.code === null ? '' : ` (${place.code})`}`;
  return `${file} does not parse: ${what}${where}`;
}

async function versionsOf(scene: Scene, before: Version | null): Promise<Changes['version']> {
  const now = (await scene.details())?.version ?? null;
  const same = sameVersion(before, now);
  return same === null ? null : { before, now, changed: !same };
}

async function knownDag({ store, deployment, dagId }: Scene) {
  if (dagId === null) return null;
  try {
    return await readDag(store, deployment, dagId);
  } catch (error) {
    if (error instanceof AppError && error.code === 'NOT_FOUND') return null;
    throw error;
  }
}
