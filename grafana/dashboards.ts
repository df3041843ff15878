import { dag } from './dashboards/dag.ts';
import { executive } from './dashboards/executive.ts';
import { incidents } from './dashboards/incidents.ts';
import { overview } from './dashboards/overview.ts';
import { scheduler } from './dashboards/scheduler.ts';
import { slas } from './dashboards/slas.ts';
import { windsock } from './dashboards/windsock.ts';
import { dashboardOf, type Board } from './frame.ts';

/** Every dashboard; its file is named by its uid. */
export const boards: readonly Board[] = [overview, dag, slas, executive, scheduler, incidents, windsock];

/** The JSON model of a dashboard, as it is committed and as Grafana reads it. */
export const render = (board: Board): string => `${JSON.stringify(dashboardOf(board), null, 2)}\n`;

export const fileOf = ({ uid }: Board): string => `grafana/json/${uid}.json`;
