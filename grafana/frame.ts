import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import { families } from '../src/measure/catalogue.ts';
import { palette, type Colour } from './palette.ts';
import { source, type Panel } from './panels.ts';
import { appeared, promql, type Expression } from './query.ts';

export interface Row {
  title: string;
  panels: readonly Panel[];
}

export interface Board {
  /** Part of the address: never changed once published. */
  uid: string;
  title: string;
  description: string;
  /** Variables beside those that every dashboard has. */
  variables?: readonly Builder<dashboard.VariableModel>[];
  /** How far back it looks at first. */
  from: string;
  annotations?: readonly dashboard.AnnotationQueryBuilder[];
  rows: readonly Row[];
}

/** The values that a label has, of the series that `of` selects. */
export function labelVariable(
  name: string,
  { label, of, hint, every = 'listed' }: { label: string; of: string; hint: string; every?: 'listed' | 'any' | 'none' },
): dashboard.QueryVariableBuilder {
  const variable = new dashboard.QueryVariableBuilder(name)
    .label(label)
    .description(hint)
    .datasource(source)
    .query({ query: `label_values(${of})`, refId: `variable-${name}` })
    .definition(`label_values(${of})`)
    .refresh(dashboard.VariableRefresh.OnTimeRangeChanged)
    .sort(dashboard.VariableSort.AlphabeticalCaseInsensitiveAsc);
  if (every === 'none') return variable.multi(false).includeAll(false);
  const open = variable
    .multi(true)
    .includeAll(true)
    .current({ text: ['All'], value: ['$__all'] });
  // `.*` also takes what has no such label.
  return every === 'any' ? open.allValue('.*') : open;
}

/** A text that the user gives. */
export const textVariable = (name: string, label: string, value: string, hint: string): dashboard.TextBoxVariableBuilder =>
  new dashboard.TextBoxVariableBuilder(name).label(label).description(hint).defaultValue(value).current({ text: value, value });

/** Marks times at which `expression` has a series. */
export const mark = (name: string, colour: Colour, expression: Expression, title: string, text: string) =>
  new dashboard.AnnotationQueryBuilder()
    .name(name)
    .datasource(source)
    .enable(true)
    .iconColor(colour)
    .expr(expression)
    .titleFormat(title)
    .textFormat(text)
    .step('60s');

const everywhere = () => [
  new dashboard.DatasourceVariableBuilder('datasource').label('Prometheus').type('prometheus'),
  labelVariable('airflow', {
    label: 'Airflow',
    of: `${families.up.name}, airflow`,
    hint: 'Deployments of Airflow, by the label that the scrape configuration gives.',
    every: 'any',
  }),
];

const addresses = () => [
  textVariable(
    'airflow_url',
    'Airflow URL',
    'http://localhost:8080',
    'Address of Airflow, for links into it; without a slash at its end.',
  ),
  textVariable(
    'windsock_url',
    'Windsock URL',
    'http://localhost:9112',
    'notify.public_url of Windsock, for links to incidents; without a slash at its end.',
  ),
];

const versions = () =>
  mark(
    'New version of Airflow or Windsock',
    palette.quiet,
    promql`count by (airflow, version) (${appeared(families.info)} or ${appeared(families.buildInfo)})`,
    'New version: {{version}}',
    '{{airflow}}',
  );

/** The dashboard as Grafana's JSON model. */
export function dashboardOf({
  uid,
  title,
  description,
  variables = [],
  from,
  annotations = [],
  rows,
}: Board): dashboard.Dashboard {
  const board = new dashboard.DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags(['windsock'])
    .time({ from, to: 'now' })
    .timezone('browser')
    .refresh('30s')
    .tooltip(dashboard.DashboardCursorSync.Crosshair)
    .editable()
    .variables([...everywhere(), ...variables, ...addresses()])
    .annotations([...annotations, versions()])
    .link(
      new dashboard.DashboardLinkBuilder('Windsock')
        .type(dashboard.DashboardLinkType.Dashboards)
        .tags(['windsock'])
        .asDropdown(true)
        .includeVars(true)
        .keepTime(true),
    )
    .link(
      new dashboard.DashboardLinkBuilder('Incidents')
        .url('${windsock_url}')
        .type(dashboard.DashboardLinkType.Link)
        .targetBlank(true),
    )
    .link(
      new dashboard.DashboardLinkBuilder('Airflow')
        .url('${airflow_url}')
        .type(dashboard.DashboardLinkType.Link)
        .targetBlank(true),
    );
  for (const { title, panels } of rows) {
    board.withRow(new dashboard.RowBuilder(title));
    for (const panel of panels) board.withPanel(panel);
  }
  const built = board.build();
  // By their place, so that links to a panel stay.
  for (const [index, panel] of (built.panels ?? []).entries()) panel.id = index + 1;
  return built;
}
