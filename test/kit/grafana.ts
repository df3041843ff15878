/** A dashboard's JSON, as far as tests look at it. */
export interface DashboardJson {
  uid: string;
  title: string;
  panels: PanelJson[];
  templating: { list: { name: string; type: string; query: string | { query: string } }[] };
  annotations: { list: { name: string; expr: string }[] };
}

interface PanelJson {
  id: number;
  type: string;
  title: string;
  description?: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { refId: string; expr: string }[];
  fieldConfig?: { defaults: { unit?: string; noValue?: string } };
}

/** Values of the variables that Grafana itself has. */
const builtIn: Readonly<Record<string, string>> = { __rate_interval: '1m', __interval: '1m', __range: '10m' };

/** An expression as Grafana sends it, with what `valueOf` gives for each variable of the dashboard. */
export const withVariables = (expression: string, valueOf: (name: string) => string): string =>
  expression.replaceAll(/\$\{?(\w+)\}?/g, (_, name: string) => builtIn[name] ?? valueOf(name));
