import type { Rule } from './rule.ts';
import { bugRules } from './bugs.ts';
import { capacityRules } from './capacity.ts';
import { configurationRules } from './configuration.ts';
import { dataCheckRules } from './data-checks.ts';
import { dataFileRules } from './data-files.ts';
import { dataValueRules } from './data-values.ts';
import { httpRules } from './http.ts';
import { networkRules } from './network.ts';
import { permissionRules } from './permission.ts';
import { programRules } from './programs.ts';
import { resourceRules } from './resource.ts';
import { timeoutRules } from './timeout.ts';
import { wordRules } from './words.ts';

/** All rules, in order: of two that match equally well the first speaks. */
export const shippedRules: readonly Rule[] = [
  ...resourceRules,
  ...capacityRules,
  ...timeoutRules,
  ...configurationRules,
  ...programRules,
  ...permissionRules,
  ...httpRules,
  ...networkRules,
  ...dataValueRules,
  ...dataCheckRules,
  ...dataFileRules,
  ...wordRules,
  ...bugRules,
];
