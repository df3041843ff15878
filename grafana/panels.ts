import * as bargauge from '@grafana/grafana-foundation-sdk/bargauge';
import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import * as common from '@grafana/grafana-foundation-sdk/common';
import * as dashboard from '@grafana/grafana-foundation-sdk/dashboard';
import * as heatmap from '@grafana/grafana-foundation-sdk/heatmap';
import * as prometheus from '@grafana/grafana-foundation-sdk/prometheus';
import * as stat from '@grafana/grafana-foundation-sdk/stat';
import * as statetimeline from '@grafana/grafana-foundation-sdk/statetimeline';
import * as table from '@grafana/grafana-foundation-sdk/table';
import * as timeseries from '@grafana/grafana-foundation-sdk/timeseries';
import type { Link } from './links.ts';
import { colours, palette, type Colour } from './palette.ts';
import type { Expression } from './query.ts';

/** One panel. Its kind is the function that made it. */
export type Panel = Builder<dashboard.Panel>;

/** What every panel says of itself. */
export interface Told {
  title: string;
  /** What it shows, and what to make of it. */
  description: string;
  /** Unit of its values, by Grafana's name for it. */
  unit: string;
  /** What stands there when there is nothing to show. */
  empty: string;
  /** Columns of 24. */
  width: number;
  /** Rows of about 30 pixels. */
  height?: number;
  decimals?: number;
}

export interface Series {
  expression: Expression;
  /** `{{label}}` stands for a label's value. */
  legend: string;
}

/** From this value on, that colour; the first has none. */
export type Steps = readonly (readonly [from: number | null, colour: Colour])[];

/** What values stand for, and in which colour. */
export type Words = Readonly<Record<string, readonly [string, Colour]>>;

export const source = { type: 'prometheus', uid: '${datasource}' };

const refOf = (index: number): string => String.fromCharCode('A'.charCodeAt(0) + index);

const queryOf = ({ expression, legend }: Series, index: number): prometheus.DataqueryBuilder =>
  new prometheus.DataqueryBuilder()
    .refId(refOf(index))
    .datasource(source)
    .editorMode(prometheus.QueryEditorMode.Code)
    .expr(expression)
    .legendFormat(legend);

const stepsOf = (steps: Steps): dashboard.ThresholdsConfigBuilder =>
  new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(steps.map(([value, color]) => ({ value, color })));

const fixed = (colour: Colour) => ({ id: 'color', value: { mode: dashboard.FieldColorModeId.Fixed, fixedColor: colour } });

interface Common<Self> {
  title(text: string): Self;
  description(text: string): Self;
  unit(unit: string): Self;
  noValue(text: string): Self;
  span(width: number): Self;
  height(height: number): Self;
  datasource(ref: common.DataSourceRef): Self;
  decimals(count: number): Self;
}

function tell<Self extends Common<Self>>(
  panel: Self,
  { title, description, unit, empty, width, height = 8, decimals }: Told,
): Self {
  const told = panel
    .title(title)
    .description(description)
    .unit(unit)
    .noValue(empty)
    .span(width)
    .height(height)
    .datasource(source);
  return decimals === undefined ? told : told.decimals(decimals);
}

/** One number, coloured by `steps`. With `over: 'range'` it is asked for once, at the end; else its course stands behind it. */
export function number(
  told: Told & {
    expression: Expression;
    steps?: Steps;
    over?: 'range';
    legend?: string;
    words?: Words;
  },
): Panel {
  const { expression, steps = [[null, palette.plain]], over, legend = '', words = {} } = told;
  const query = queryOf({ expression, legend }, 0);
  return tell(new stat.PanelBuilder(), { height: 4, ...told })
    .withTarget(over === 'range' ? query.instant() : query.range())
    .thresholds(stepsOf(steps))
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds))
    .mappings(wordsOf(words))
    .colorMode(common.BigValueColorMode.Value)
    .graphMode(over === 'range' || Object.keys(words).length > 0 ? common.BigValueGraphMode.None : common.BigValueGraphMode.Area)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']));
}

function wordsOf(words: Words): dashboard.ValueMapping[] {
  const options = Object.fromEntries(
    Object.entries(words).map(([value, [text, color]], index) => [value, { text, color, index }]),
  );
  return Object.keys(words).length === 0 ? [] : [{ type: dashboard.MappingType.ValueToText, options }];
}

interface Curves extends Told {
  series: readonly Series[];
  /** Areas on top of each other, for parts of a whole. */
  stacked?: boolean;
  /** Bars of this width in time; `$__interval` in the expression is then as long. */
  bars?: string;
  steps?: Steps;
  min?: number;
  max?: number;
  links?: readonly Link[];
}

/** Values over time. What the palette knows by its legend has its colour. */
export function curves(told: Curves): Panel {
  const { series, stacked = false, bars, steps, min, max, links = [] } = told;
  const panel = tell(new timeseries.PanelBuilder(), told)
    .targets(series.map((each, index) => queryOf(each, index).range()))
    .lineWidth(bars === undefined ? 1 : 0)
    .fillOpacity(bars === undefined ? (stacked ? 40 : 8) : 80)
    .showPoints(common.VisibilityMode.Never)
    .drawStyle(bars === undefined ? common.GraphDrawStyle.Line : common.GraphDrawStyle.Bars)
    .stacking(new common.StackingConfigBuilder().mode(stacked ? common.StackingMode.Normal : common.StackingMode.None))
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true)
        .calcs([]),
    )
    .tooltip(new common.VizTooltipOptionsBuilder().mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending))
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.PaletteClassicByName))
    .dataLinks(links.map((link) => link.toGrafana()))
    .overrides(coloured(series));
  if (bars !== undefined) panel.interval(bars);
  if (min !== undefined) panel.min(min);
  if (max !== undefined) panel.max(max);
  if (steps !== undefined)
    panel
      .thresholds(stepsOf(steps))
      .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed));
  return panel;
}

/** Overrides for the names that may come up: fixed legends, and the palette's when a legend is nothing but a label. */
function coloured(series: readonly Series[]) {
  const named = series.map(({ legend }) => legend);
  const open = named.some((legend) => /^\{\{\w+\}\}$/.test(legend));
  return Object.entries(colours)
    .filter(([name]) => open || named.includes(name))
    .map(([name, colour]) => ({ matcher: { id: 'byName', options: name }, properties: [fixed(colour)] }));
}

/** Histogram buckets over time: the darker, the more. */
export function heat(told: Told & { expression: Expression }): Panel {
  const { expression } = told;
  return tell(new heatmap.PanelBuilder(), told)
    .withTarget(queryOf({ expression, legend: '{{le}}' }, 0).range().format(prometheus.PromQueryFormat.Heatmap))
    .calculate(false)
    .color(new heatmap.HeatmapColorOptionsBuilder().mode(heatmap.HeatmapColorMode.Scheme).scheme('Blues').steps(32))
    .yAxis(new heatmap.YAxisConfigBuilder().unit(told.unit))
    .cellGap(1);
}

/** A line of states for each series, by what each value stands for. */
export function states(told: Told & Series & { words: Words }): Panel {
  return tell(new statetimeline.PanelBuilder(), told)
    .withTarget(queryOf(told, 0).range())
    .mappings(wordsOf(told.words))
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Fixed).fixedColor(palette.quiet))
    .showValue(common.VisibilityMode.Never)
    .mergeValues(true)
    .rowHeight(0.8)
    .fillOpacity(80)
    .legend(
      new common.VizLegendOptionsBuilder()
        .displayMode(common.LegendDisplayMode.List)
        .placement(common.LegendPlacement.Bottom)
        .showLegend(true),
    );
}

/** A bar for each series, as it stands at the end. */
export function bars(told: Told & Series & { steps?: Steps; max?: number }): Panel {
  const { steps = [[null, palette.calm]], max } = told;
  const panel = tell(new bargauge.PanelBuilder(), told)
    .withTarget(queryOf(told, 0).instant())
    .orientation(common.VizOrientation.Horizontal)
    .displayMode(common.BarGaugeDisplayMode.Basic)
    .valueMode(common.BarGaugeValueMode.Text)
    .showUnfilled(true)
    .min(0)
    .thresholds(stepsOf(steps))
    .colorScheme(new dashboard.FieldColorBuilder().mode(dashboard.FieldColorModeId.Thresholds))
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']));
  if (max !== undefined) panel.max(max);
  return panel;
}

export interface Column {
  title: string;
  unit?: string;
  decimals?: number;
  steps?: Steps;
  words?: Words;
  links?: readonly Link[];
  width?: number;
}

interface Table extends Told {
  /** A value for each row; rows are joined by the labels that they share. */
  values: readonly (Column & { expression: Expression })[];
  /** Labels that are shown, in their order; other labels are not. */
  labels: Readonly<Record<string, Column>>;
  /** Title of the column that sorts the rows, the greatest first. */
  sort: string;
}

/** Rows by labels, a column for each label and value. */
export function rows(told: Table): Panel {
  const { values, labels, sort } = told;
  const nameOf = (index: number): string => (values.length === 1 ? 'Value' : `Value #${refOf(index)}`);
  const shown: [name: string, column: Column][] = [
    ...Object.entries(labels),
    ...values.map((column, index): [string, Column] => [nameOf(index), column]),
  ];
  return tell(new table.PanelBuilder(), told)
    .targets(
      values.map(({ expression }, index) =>
        queryOf({ expression, legend: '' }, index).instant().format(prometheus.PromQueryFormat.Table),
      ),
    )
    .transformations([
      ...(values.length > 1 ? [{ id: 'merge', options: {} }] : []),
      { id: 'filterFieldsByName', options: { include: { names: shown.map(([name]) => name) } } },
      {
        id: 'organize',
        options: {
          indexByName: Object.fromEntries(shown.map(([name], index) => [name, index])),
          renameByName: Object.fromEntries(shown.map(([name, { title }]) => [name, title])),
        },
      },
    ])
    .filterable(true)
    .footer(new common.TableFooterOptionsBuilder().show(false).reducer([]).countRows(false).enablePagination(true))
    .sortBy([new common.TableSortByFieldStateBuilder().displayName(sort).desc(true)])
    .overrides(
      shown.map(([, column]) => ({ matcher: { id: 'byName', options: column.title }, properties: propertiesOf(column) })),
    );
}

function propertiesOf({ unit, decimals, steps, words, links, width }: Column): dashboard.DynamicConfigValue[] {
  const coloured = steps !== undefined || words !== undefined;
  return [
    ...(unit === undefined ? [] : [{ id: 'unit', value: unit }]),
    ...(decimals === undefined ? [] : [{ id: 'decimals', value: decimals }]),
    ...(width === undefined ? [] : [{ id: 'custom.width', value: width }]),
    ...(steps === undefined ? [] : [{ id: 'thresholds', value: stepsOf(steps).build() }]),
    ...(words === undefined ? [] : [{ id: 'mappings', value: wordsOf(words) }]),
    ...(coloured ? [{ id: 'custom.cellOptions', value: { type: common.TableCellDisplayMode.ColorText } }] : []),
    ...(links === undefined ? [] : [{ id: 'links', value: links.map((link) => link.toGrafana().build()) }]),
  ];
}
