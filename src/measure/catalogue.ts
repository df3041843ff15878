import { dagFamilies } from './catalogue/dags.ts';
import { explanationFamilies } from './catalogue/explanations.ts';
import { incidentFamilies } from './catalogue/incidents.ts';
import { platformFamilies } from './catalogue/platform.ts';
import { slackFamilies } from './catalogue/slack.ts';
import { slaFamilies } from './catalogue/slas.ts';
import { taskFamilies } from './catalogue/tasks.ts';
import { dataFamilies, selfFamilies } from './catalogue/windsock.ts';

/**
 * Every metric family that Windsock knows: the one place of names, labels and texts. Code says `families.taskSuccess`,
 * so a name that is not here does not compile. To add a family, define it in its group and give it values in families.ts
 * (or, for Windsock itself, in telemetry/self.ts).
 */
export const families = {
  ...taskFamilies,
  ...dagFamilies,
  ...platformFamilies,
  ...slaFamilies,
  ...incidentFamilies,
  ...explanationFamilies,
  ...slackFamilies,
  ...dataFamilies,
  ...selfFamilies,
} as const;

/** The groups in the order of docs/METRICS.md. */
export const familyGroups = {
  tasks: taskFamilies,
  dags: dagFamilies,
  platform: platformFamilies,
  slas: slaFamilies,
  incidents: incidentFamilies,
  explanations: explanationFamilies,
  slack: slackFamilies,
  data: dataFamilies,
  self: selfFamilies,
} as const;
