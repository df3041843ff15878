import { dirname, resolve } from 'node:path';
import { faultsOf, messageOf, type Fault } from './config-faults.ts';
import { objectivesConfig, type SlaConfig } from './sla/config.ts';
import { readYamlFile } from './yaml-file.ts';

type Objectives = SlaConfig['objectives'];

/**
 * The objectives of the file that `sla.file` names, which is looked for beside the configuration file. Each fault is told with
 * its place in that file; an empty file is an empty list.
 */
export function readSlaFile(slice: unknown, configFile: string | undefined, faults: Fault[]): Objectives {
  const named = typeof slice === 'object' && slice !== null && 'file' in slice ? slice.file : undefined;
  if (typeof named !== 'string' || named === '') return [];
  const content = readYamlFile(configFile === undefined ? named : resolve(dirname(configFile), named), faults);
  if (content === undefined) return [];
  const parsed = objectivesConfig.safeParse(content.value ?? [], { error: messageOf });
  if (parsed.success) return parsed.data;
  // They have no environment variables.
  const told = parsed.error.issues.flatMap((issue) => faultsOf(issue, objectivesConfig, []));
  faults.push(...told.map(({ where, message }) => ({ where: where === '' ? named : `${named} ${where}`, message })));
  return [];
}

/** The configuration's own objectives and those of the file; a name may stand once in both together. */
export function withFileObjectives(slice: SlaConfig, fromFile: Objectives, faults: Fault[]): SlaConfig {
  const own = new Set(slice.objectives.map(({ name }) => name));
  for (const [index, { name }] of fromFile.entries())
    if (own.has(name)) faults.push({ where: `${slice.file ?? ''} [${index}].name`, message: 'is the name of another SLA too' });
  return { ...slice, objectives: [...slice.objectives, ...fromFile] };
}
