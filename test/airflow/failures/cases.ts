// Each failing task as it will be run: its names, what its DAG file reads about it, and its label.
import { leakOf, type Canary } from './canaries.ts';
import { injectionText, type InjectionName } from './injections.ts';
import { NOISES, type NoiseName } from './noises.ts';
import { TYPES, type FailureType } from './types.ts';
import { BASELINED, VARIANTS, type Variant } from './variants.ts';

// Birds: nothing a rule about failures would ever mention, and no part of a longer word.
const BIRDS =
  `heron osprey bittern plover dunlin whimbrel godwit avocet curlew lapwing turnstone sanderling phalarope skua guillemot razorbill puffin ` +
  `gannet cormorant fulmar petrel shearwater goldeneye merganser wigeon gadwall shoveler pochard garganey shelduck hoopoe wryneck ` +
  `kingfisher nightjar woodlark skylark pipit wagtail dipper dunnock redstart wheatear stonechat whinchat fieldfare redwing blackcap ` +
  `whitethroat chiffchaff firecrest goldcrest flycatcher nuthatch treecreeper oriole shrike jackdaw chough starling chaffinch ` +
  `brambling greenfinch goldfinch siskin linnet redpoll crossbill bullfinch hawfinch yellowhammer bunting partridge ptarmigan ` +
  `capercaillie corncrake moorhen bustard`;
const birds = BIRDS.split(' ');
const VERBS = ['load', 'merge', 'stage', 'publish', 'gather', 'derive', 'forward'];
const COLOURS = ['', 'grey', 'azure', 'amber', 'ivory'];

/** Names that occur in the logs and in nothing else: a rule that holds one has seen its answer. */
export const IDENTIFIERS: readonly string[] = ['kestrel', ...birds];

export type Case = {
  /** The type, and from the second variant on a number: the name of its fixture. */
  key: string;
  type: FailureType;
  variant: Variant;
  noun: string;
  dag: string;
  task: string;
  /** The wrong category that an injection asks for. */
  asked: string;
};

function caseOf(type: FailureType, typeIndex: number, variant: Variant, number: number): Case {
  const bird = birds[(typeIndex * 7) % birds.length] ?? '';
  const noun = `${COLOURS[(number + Math.floor((typeIndex * 7) / birds.length)) % COLOURS.length]}${bird}`;
  const isFirst = number === 0 && BASELINED.has(type.type);
  return {
    key: number === 0 ? type.type : `${type.type}.${number + 1}`,
    type,
    variant,
    noun,
    dag: `kestrel_${type.file}${isFirst ? '' : '_more'}`,
    task: `${VERBS[typeIndex % VERBS.length]}_${noun}`,
    asked: type.category === 'permission_error' ? 'data_quality' : 'permission_error',
  };
}

export const CASES: readonly Case[] = TYPES.flatMap((type, typeIndex) =>
  [{ type: type.type }, ...VARIANTS.filter((variant) => variant.type === type.type)].map((variant, number) =>
    caseOf(type, typeIndex, variant, number),
  ),
);

/** What is said before the failure, LEVEL|text per item; empty where nothing is. */
export function preambleOf({ variant, asked }: Case): string[] {
  const said: string[] = (variant.noises ?? []).flatMap((noise: NoiseName) => NOISES[noise]);
  const shown = (variant.canaries ?? []).map((canary: Canary) => `I|${leakOf(canary)}`);
  const injection: InjectionName | undefined = variant.injectedInto === undefined ? variant.injection : undefined;
  return [...said, ...shown, ...(injection === undefined ? [] : [`I|${injectionText(injection, asked)}`])];
}

/** The parameters of the case, `{NAME}` in them replaced by what is known only when everything runs. */
export function parametersOf({ type, variant, asked }: Case, extra: Record<string, string | number> = {}) {
  const parameters: Record<string, string | number> = { ...type.params, ...extra };
  if (variant.injection === undefined || variant.injectedInto === undefined) return parameters;
  const text = injectionText(variant.injection, asked);
  if (variant.injectedInto === 'body') parameters['body'] = Buffer.from(text).toString('base64');
  else parameters['value'] = text.replaceAll('\n', ' ').slice(0, 180);
  return parameters;
}
