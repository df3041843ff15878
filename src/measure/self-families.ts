import type { PlainFamily } from '../telemetry/metric.ts';
import { selfFamilies as catalogued } from './catalogue/windsock.ts';
import { headOf, type Definition } from './define.ts';
import { labelSet, type Family } from './family.ts';

const definitions = new Map<string, Definition>(Object.values(catalogued).map((definition) => [definition.name, definition]));

/**
 * What telemetry measured of this process as families for the exposition, with the catalogue's kind and text where it has
 * them: OpenTelemetry knows no info. (Made here, because telemetry may import no room, and labels are escaped in this one.)
 */
export function selfFamilies(plain: readonly PlainFamily[]): Family[] {
  return plain.map((family): Family => {
    if (family.kind === 'histogram') {
      return { ...family, samples: family.samples.map((sample) => ({ ...sample, labels: labelSet(sample.labels.pairs) })) };
    }
    const definition = definitions.get(family.name);
    const head = definition === undefined ? {} : headOf(definition);
    const kind = definition?.kind === 'info' ? 'info' : family.kind;
    return {
      ...family,
      ...head,
      kind,
      samples: family.samples.map(({ labels, value }) => ({ labels: labelSet(labels.pairs), value })),
    };
  });
}
