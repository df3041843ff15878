import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';

/** A link from a value. */
export interface Link {
  toGrafana(): dashboard.DashboardLinkBuilder;
}

const link = (title: string, url: string, elsewhere: boolean): Link => ({
  toGrafana: () => new dashboard.DashboardLinkBuilder(title).url(url).targetBlank(elsewhere),
});

/** How a link names what it is about: by the cell it stands in, or by a label of the series. */
const here = '${__value.raw:percentencode}';
const ofSeries = '${__field.labels.dag_id:percentencode}';

const kept = '${datasource:queryparam}&${airflow:queryparam}&${__url_time_range}';

const toDag = (id: string): Link => link('This DAG on a dashboard', `/d/windsock-dag?var-dag_id=${id}&${kept}`, false);
const toAirflow = (id: string): Link => link('This DAG in Airflow', `\${airflow_url}/dags/${id}`, true);

/** Both pages of the DAG whose id is the cell's value. */
export const dagOfCell: readonly Link[] = [toDag(here), toAirflow(here)];
/** Both pages of the DAG whose id is the label of a series. */
export const dagOfSeries: readonly Link[] = [toDag(ofSeries), toAirflow(ofSeries)];
/** Page of the incident whose id is the cell's value. */
export const incidentOfCell: readonly Link[] = [link('This incident', `\${windsock_url}/incidents/${here}`, true)];
