import { expect, test } from 'vitest';
import { negotiate } from '../../src/measure/negotiate.ts';

test.each([
  ['Prometheus 2.5', 'text/plain;version=0.0.4;q=1,*/*;q=0.1', 'text'],
  [
    'Prometheus 2.42',
    'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1',
    'openmetrics',
  ],
  [
    'Prometheus 3',
    'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2',
    'openmetrics',
  ],
  [
    'Prometheus 3 with protobuf first',
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1',
    'openmetrics',
  ],
  [
    'Prometheus 3 told to want text',
    'text/plain;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.4,application/openmetrics-text;version=1.0.0;q=0.3',
    'text',
  ],
  ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 'text'],
  ['curl', '*/*', 'text'],
  ['no header', undefined, 'text'],
  ['an empty header', '', 'text'],
  ['OpenMetrics in no version', 'application/openmetrics-text', 'openmetrics'],
  ['OpenMetrics 0.0.1 alone', 'application/openmetrics-text;version=0.0.1', 'text'],
  ['OpenMetrics 2.0 first', 'application/openmetrics-text;version=2.0.0,text/plain;q=0.1', 'text'],
  ['upper case, spaces and quotes', 'Application/OpenMetrics-Text; Version="1.0.0"; Q=0.9 , text/plain ; q=0.5', 'openmetrics'],
  ['OpenMetrics refused', 'application/openmetrics-text;q=0, text/plain;q=0', 'text'],
  ['equal wishes, text first', 'text/plain,application/openmetrics-text', 'text'],
  ['a wish that is no number', 'application/openmetrics-text;q=high,*/*', 'text'],
  ['rubbish', ';;;,,,=;q', 'text'],
] as const)('%s gets the format it wants', (_who, accept, format) => {
  expect(negotiate(accept)).toBe(format);
});
