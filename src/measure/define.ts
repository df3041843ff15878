import { unitOfName } from '../telemetry/metric.ts';
import { labelSet, type Family, type HistogramSample, type LabelSet, type Sample } from './family.ts';

/** What is known of a metric family before any value: the exposition's heads and docs/METRICS.md come from here. */
export interface Definition<Kind extends Family['kind'] = Family['kind'], Label extends string = string> {
  /** Full name in the text format: counters end in `_total`, infos in `_info`. */
  name: string;
  kind: Kind;
  labels: readonly Label[];
  help: string;
  /** Where the value comes from: Airflow's table and columns, or Windsock itself. */
  source: string;
  unit?: 'seconds' | 'bytes' | 'ratio';
  bounds?: readonly number[];
  /** The values of the label `state`, every one of them present in the exposition. */
  states?: readonly string[];
}

type Rest = Omit<Definition, 'name' | 'kind' | 'labels' | 'unit' | 'help' | 'source' | 'bounds'>;

const define =
  <Kind extends Exclude<Family['kind'], 'histogram'>>(kind: Kind) =>
  <const Label extends string>(
    name: string,
    labels: readonly Label[],
    help: string,
    source: string,
    rest: Rest = {},
  ): Definition<Kind, Label> => ({
    name,
    kind,
    labels,
    help,
    source,
    ...unitOfName(name),
    ...rest,
  });

export const counter = define('counter');
export const gauge = define('gauge');
export const info = define('info');
export const stateset = define('stateset');

export type HistogramDefinition<Label extends string = string> = Definition<'histogram', Label> & { bounds: readonly number[] };

export const histogram = <const Label extends string>(
  name: string,
  labels: readonly Label[],
  bounds: readonly number[],
  help: string,
  source: string,
): HistogramDefinition<Label> => ({ name, kind: 'histogram', labels, bounds, help, source, ...unitOfName(name) });

/** The label set of one series of `definition`: exactly its labels, in its order. */
export function labelsOf<Label extends string>(
  definition: Definition<Family['kind'], Label>,
  values: Readonly<Record<Label, string>>,
): LabelSet {
  const pairs: Record<string, string> = {};
  for (const label of definition.labels) pairs[label] = values[label];
  return labelSet(pairs);
}

/** Source of what Windsock knows by itself: nothing that HELP would have to name. */
export const own = 'Windsock itself';

/** Name, help and unit as they are exposed. */
export function headOf({ name, help, source, unit }: Definition) {
  return { name, help: source === own ? help : `${help} Source: ${source}.`, ...(unit ? { unit } : {}) };
}

/** A family of `definition` with these samples. */
export function familyOf(definition: Definition<Exclude<Family['kind'], 'histogram'>>, samples: readonly Sample[]): Family {
  return { ...headOf(definition), kind: definition.kind, samples };
}

/** A histogram family of `definition`; each sample has one bucket more than the definition's bounds. */
export function histogramOf(definition: HistogramDefinition, samples: readonly HistogramSample[]): Family {
  return { ...headOf(definition), kind: 'histogram', bounds: definition.bounds, samples };
}
