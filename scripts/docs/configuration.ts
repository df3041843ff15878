import { stringify } from 'yaml';
import { z } from 'zod';
import { configSchema } from '../../src/config.ts';
import { innermost, keysOf, type ConfigKey } from '../../src/config-keys.ts';

/** What the reference says of one key. */
interface KeyFacts {
  type: string;
  /** As YAML writes it; undefined when there is none. */
  fallback: unknown;
  required: boolean;
  secret: boolean;
  description: string;
  /** A value to show where there is no default. */
  example: unknown;
}

/** What the schemas say of their keys beside the description. */
interface Meta {
  secret?: boolean;
  shownAs?: string;
  examples?: unknown[];
  description?: string | undefined;
}

interface Layer {
  def: { type: string; innerType?: z.ZodType; in?: z.ZodType; defaultValue?: unknown };
  meta: Meta;
}

/** A schema and what it wraps, outermost first. */
function layersOf(schema: z.ZodType): Layer[] {
  const def = schema.def as Layer['def'];
  const below = def.innerType ?? def.in;
  return [{ def, meta: schema.meta() ?? {} }, ...(below ? layersOf(below) : [])];
}

const span = (low: number | null | undefined, high: number | null | undefined, unit = ''): string => {
  const least = low !== null && low !== undefined && Number.isFinite(low) && low !== Number.MIN_SAFE_INTEGER;
  const most = high !== null && high !== undefined && Number.isFinite(high) && high !== Number.MAX_SAFE_INTEGER;
  if (least && most) return `, ${low} to ${high}${unit}`;
  return least ? `, at least ${low}${unit}` : most ? `, at most ${high}${unit}` : '';
};

function typeOf(schema: z.ZodType): string {
  const inner = innermost(schema);
  if (inner instanceof z.ZodNumber)
    return `${inner.format === 'safeint' ? 'integer' : 'number'}${span(inner.minValue, inner.maxValue)}`;
  if (inner instanceof z.ZodBoolean) return '`true` or `false`';
  if (inner instanceof z.ZodEnum) return inner.options.map((option) => `\`${option}\``).join(', ');
  if (inner instanceof z.ZodURL) return 'URL';
  if (inner instanceof z.ZodISODateTime) return 'ISO 8601 time with offset';
  if (inner instanceof z.ZodString && inner.minLength === 1 && inner.maxLength === null) return 'text, not empty';
  if (inner instanceof z.ZodString) return `text${span(inner.minLength, inner.maxLength, ' characters')}`;
  if (inner instanceof z.ZodArray) {
    const element = inner.element as z.ZodType;
    return innermost(element) instanceof z.ZodObject ? 'list' : `list of ${typeOf(element)}`;
  }
  if (inner instanceof z.ZodRecord) return 'map';
  throw new Error(`say in scripts/docs/configuration.ts how a ${inner.def.type} is shown, or give the key a \`shownAs\``);
}

function factsOf(schema: z.ZodType): KeyFacts {
  const layers = layersOf(schema);
  const first = <Key extends keyof Meta>(key: Key) => layers.find(({ meta }) => meta[key] !== undefined)?.meta[key];
  const withDefault = layers.find(({ def }) => def.type === 'default' || def.type === 'prefault');
  const optional = layers.some(({ def }) => def.type === 'optional');
  return {
    type: first('shownAs') ?? typeOf(schema),
    fallback: withDefault?.def.defaultValue,
    required: withDefault === undefined && !optional,
    secret: first('secret') === true,
    description: first('description') ?? '',
    example: first('examples')?.[0],
  };
}

const inline = (value: unknown): string =>
  stringify(value, { collectionStyle: 'flow', lineWidth: 0, flowCollectionPadding: false }).trimEnd();
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function row(names: readonly string[], { type, required, fallback, description }: KeyFacts): string {
  const shown = required ? '**required**' : fallback === undefined ? '–' : `\`${inline(fallback)}\``;
  const named = names.map((name) => `\`${name}\``).join('<br>');
  return `| ${named} | ${cell(type)} | ${cell(shown)} | ${cell(description)} |`;
}

function keyRow({ path, variable, schema }: ConfigKey): string {
  const facts = factsOf(schema);
  return row([path.join('.'), variable, ...(facts.secret ? [`${variable}_FILE`] : [])], facts);
}

/** The keys of a list's elements: they have no variables of their own. */
function elementRows({ path, schema }: ConfigKey): string[] {
  const inner = innermost(schema);
  if (!(inner instanceof z.ZodArray)) return [];
  const element = innermost(inner.element as z.ZodType);
  if (!(element instanceof z.ZodObject)) return [];
  return keysOf(element).map((key) => row([`${path.join('.')}[].${key.path.join('.')}`], factsOf(key.schema)));
}

const wrap = (text: string, indent: string): string[] => {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last !== '' && `${indent}# ${last} ${word}`.length > 110) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines.map((line) => `${indent}# ${line}`);
};

const isDefault = ({ required, fallback, example }: KeyFacts): boolean =>
  !required && fallback !== undefined && !(Array.isArray(fallback) && example !== undefined);
const isShown = (facts: KeyFacts): boolean => facts.required || isDefault(facts);

/** A whole file: every key with its default, or commented out with an example. */
export function exampleYaml(keys: readonly ConfigKey[] = keysOf(configSchema)): string {
  const lines: string[] = [];
  let open: string[] = [];
  const shown = keys.filter(({ schema }) => isShown(factsOf(schema)));
  /** A parent of nothing but comments is one itself. */
  const hasShown = (parent: readonly string[]) => shown.some(({ path }) => parent.every((part, index) => part === path[index]));
  for (const { path, schema } of keys) {
    const parents = path.slice(0, -1);
    let shared = 0;
    while (shared < parents.length && parents[shared] === open[shared]) shared += 1;
    for (const [index, parent] of parents.entries())
      if (index >= shared)
        lines.push(
          ...(index === 0 ? [''] : []),
          `${'  '.repeat(index)}${hasShown(parents.slice(0, index + 1)) ? '' : '# '}${parent}:`,
        );
    open = parents;
    const indent = '  '.repeat(parents.length);
    const facts = factsOf(schema);
    const value = inline(isDefault(facts) ? facts.fallback : (facts.example ?? ''));
    lines.push(...wrap(facts.description, indent), `${indent}${isShown(facts) ? '' : '# '}${path.at(-1)}: ${value}`);
  }
  return `${lines.join('\n').trimStart()}\n`;
}

/** docs/CONFIGURATION.md. */
export function configurationReference(): string {
  const keys = keysOf(configSchema);
  const sections = Map.groupBy(keys, ({ path }) => (path.length === 1 ? 'general' : (path[0] ?? '')));
  const head = '| key and variable | type | default | what it does |\n|---|---|---|---|';
  const tables = [...sections].map(
    ([section, members]) =>
      `### ${section === 'general' ? 'General' : `\`${section}\``}\n\n${head}\n${members.flatMap((key) => [keyRow(key), ...elementRows(key)]).join('\n')}`,
  );
  const required = keys.filter(({ schema }) => factsOf(schema).required);
  return `# Configuration

<!-- Written by \`npm run docs\` from the schemas in the code. Change those, not this file. -->

Only ${required.map(({ path, variable }) => `\`${path.join('.')}\` (\`${variable}\`)`).join(', ')} must be set. Everything else has a default, or does without.

- **File.** \`--config FILE\` or the variable \`WINDSOCK_CONFIG\` names a YAML file. There is none by default.
- **Environment.** Every key has a variable: \`WINDSOCK_\` and its path in capitals, \`_\` between the parts. It wins over the
  file. A key or variable with nothing behind it counts as not set. Lists are written as YAML, for instance \`[{name: grafana, token: …}]\`.
- **Secrets.** Every variable has a twin that ends in \`_FILE\` and names a file holding the value (the line break at its end
  is dropped), as Docker and Kubernetes mount secrets. Set one of the two.
- **Durations** are a number and a unit, or several: \`500ms\`, \`15s\`, \`5m\`, \`1h30m\`, \`30d\`, \`2w\`.
- **Faults.** Every fault is reported at once, with its path and what to do. Unknown keys and unknown \`WINDSOCK_…\` variables
  are refused, so that a misspelt setting does not go unnoticed. Try it with \`windsock check\`.
- **Reload.** \`SIGHUP\` or \`POST /-/reload\` reads file and environment files again. A bad configuration changes nothing,
  is told with each fault, and shows as \`windsock_config_last_reload_successful\` 0 ([WindsockConfigRefused](ALERTING.md#windsockconfigrefused)).
  What takes effect at the next start only (\`store\`, \`telemetry\`, \`airflow.name\`, \`http.host\`, \`http.port\`) is named in
  the answer and in the log.
- **OpenTelemetry** is set by its own standard variables: \`OTEL_EXPORTER_OTLP_ENDPOINT\` switches pushing on, and
  \`OTEL_EXPORTER_OTLP_PROTOCOL\`, \`OTEL_EXPORTER_OTLP_HEADERS\`, \`OTEL_METRIC_EXPORT_INTERVAL\`, \`OTEL_RESOURCE_ATTRIBUTES\` and
  the others do what OpenTelemetry says they do.

## Keys

${tables.join('\n\n')}

## Example

Every key, with its default; what has none is commented out.

\`\`\`yaml
${exampleYaml(keys)}\`\`\`
`;
}
