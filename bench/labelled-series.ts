import { randomOf, type Random } from '../src/demo/random.ts';

/** A stretch of rows in which something is wrong, both ends included. */
export interface Fault {
  kind: string;
  from: number;
  to: number;
}

/** A series with what is wrong in it. */
export interface LabelledSeries {
  name: string;
  /** In ms since 1970. */
  at: number[];
  values: number[];
  faults: Fault[];
}

const start = Date.UTC(2026, 0, 5);
const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

const normalOf = (random: Random): number => Math.log(random.logNormal(1, 1));

/** So many places, apart from each other and not at the beginning, where nothing is known yet. */
function places(random: Random, n: number, count: number, apart = 40): number[] {
  const found: number[] = [];
  for (let tries = 0; found.length < count && tries < 1000; tries += 1) {
    const at = Math.floor(random.between(0.35, 0.97) * n);
    if (found.every((other) => Math.abs(other - at) > apart)) found.push(at);
  }
  return found.sort((a, b) => a - b);
}

const every = (n: number, stepMs: number): number[] => Array.from({ length: n }, (_, index) => start + index * stepMs);

/** Adds one-row spikes of so many units, to either side. */
function spikes(values: number[], random: Random, { count, unit, least = 6, most = 10 }: Spikes): Fault[] {
  return places(random, values.length, count).map((at) => {
    values[at] = (values[at] as number) + (random.chance(0.6) ? 1 : -1) * random.between(least, most) * unit;
    return { kind: 'spike', from: at, to: at };
  });
}
interface Spikes {
  count: number;
  unit: number;
  least?: number;
  most?: number;
}

/** Autocorrelated noise of standard deviation 1. */
function arOne(random: Random, n: number, phi: number): number[] {
  let state = normalOf(random);
  return Array.from({ length: n }, () => (state = phi * state + Math.sqrt(1 - phi * phi) * normalOf(random)));
}

const daily = (index: number, perDay: number): number => Math.sin((2 * Math.PI * index) / perDay - 2);

type Make = (random: Random) => Omit<LabelledSeries, 'name'>;

function poisson(random: Random, mean: number): number {
  if (mean > 60) return Math.max(0, Math.round(mean + Math.sqrt(mean) * normalOf(random)));
  const limit = Math.exp(-mean);
  let count = 0;
  for (let product = random.next(); product > limit; product *= random.next()) count += 1;
  return count;
}

const makers: Record<string, Make> = {
  'noise with spikes': (random) => {
    const values = Array.from({ length: 2000 }, () => 50 + 2 * normalOf(random));
    return { at: every(2000, 5 * minute), faults: spikes(values, random, { count: 10, unit: 2 }), values };
  },
  'latencies, log-normal, with slow spells': (random) => {
    const values = Array.from({ length: 2000 }, () => random.logNormal(120, 0.35));
    const faults = places(random, 2000, 8).map((from) => {
      const to = from + Math.floor(random.between(0, 4));
      for (let at = from; at <= to; at += 1) values[at] = (values[at] as number) * random.between(4, 7);
      return { kind: 'slow', from, to };
    });
    return { at: every(2000, minute), values, faults };
  },
  'hourly, day and week, with spikes': (random) => {
    const values = Array.from({ length: 2160 }, (_, index) => {
      const weekend = Math.floor(index / 24) % 7 >= 5 ? 0.6 : 1;
      return 200 + weekend * 80 * daily(index, 24) - (1 - weekend) * 100 + 6 * normalOf(random);
    });
    return { at: every(2160, hour), faults: spikes(values, random, { count: 10, unit: 6, least: 7, most: 14 }), values };
  },
  'CPU, every 5 minutes, day, autocorrelated': (random) => {
    const noise = arOne(random, 4032, 0.7);
    const values = noise.map((each, index) => 40 + 15 * daily(index, 288) + 2 * each);
    return { at: every(4032, 5 * minute), faults: spikes(values, random, { count: 8, unit: 2 }), values };
  },
  'new levels': (random) => {
    const faults: Fault[] = [];
    let level = 50;
    const at = places(random, 2000, 3, 250);
    const values = Array.from({ length: 2000 }, (_, index) => {
      if (at.includes(index)) {
        level += (random.chance(0.5) ? 1 : -1) * random.between(5, 9);
        faults.push({ kind: 'level', from: index, to: index + 15 });
      }
      return level + 1.2 * normalOf(random);
    });
    return { at: every(2000, 5 * minute), values, faults };
  },
  'new levels under a daily cycle': (random) => {
    const faults: Fault[] = [];
    let level = 300;
    const at = places(random, 2160, 2, 300);
    const values = Array.from({ length: 2160 }, (_, index) => {
      if (at.includes(index)) {
        level += (random.chance(0.5) ? 1 : -1) * random.between(50, 90);
        faults.push({ kind: 'level', from: index, to: index + 15 });
      }
      return level + 60 * daily(index, 24) + 8 * normalOf(random);
    });
    return { at: every(2160, hour), values, faults };
  },
  drift: (random) => {
    const [from = 1000] = places(random, 1700, 1);
    const per = random.between(0.05, 0.1);
    const values = Array.from({ length: 2000 }, (_, index) => {
      const since = Math.min(150, Math.max(0, index - from));
      return 50 + 2 * (per * since + normalOf(random));
    });
    return { at: every(2000, 10 * minute), values, faults: [{ kind: 'drift', from, to: from + 150 }] };
  },
  'bursts over zeros': (random) => {
    const values = Array.from({ length: 3000 }, () => 0);
    for (let index = 0; index < 3000; index += 1)
      if (random.chance(0.03))
        for (let length = 1 + Math.floor(random.between(0, 4)); length > 0 && index < 3000; length -= 1, index += 1)
          values[index] = Math.round(random.logNormal(40, 0.6));
    const faults = places(random, 3000, 3, 200).map((from) => {
      for (let at = from; at < from + 3; at += 1) values[at] = Math.round(random.between(2000, 4000));
      return { kind: 'burst', from, to: from + 2 };
    });
    return { at: every(3000, 5 * minute), values, faults };
  },
  'random walk with jumps': (random) => {
    let level = 500;
    const jumps = places(random, 2000, 5);
    const values = Array.from({ length: 2000 }, (_, index) => {
      level += normalOf(random) + (jumps.includes(index) ? (random.chance(0.5) ? 1 : -1) * random.between(8, 14) : 0);
      return level;
    });
    return { at: every(2000, hour), values, faults: jumps.map((at) => ({ kind: 'jump', from: at, to: at + 2 })) };
  },
  'constant with blips': (random) => {
    const values = Array.from({ length: 1500 }, () => 8);
    const faults = places(random, 1500, 6).map((at) => {
      values[at] = random.pick([0, 4, 16, 30]);
      return { kind: 'blip', from: at, to: at };
    });
    return { at: every(1500, 5 * minute), values, faults };
  },
  'a missing day, every 5 minutes': (random) => {
    const noise = arOne(random, 4032, 0.5);
    const dayAt = Math.floor(random.between(7, 13));
    const values = noise.map((each, index) => {
      const cycle = Math.floor(index / 288) === dayAt ? -0.9 : daily(index, 288);
      return 100 + 40 * cycle + 3 * each;
    });
    return {
      at: every(4032, 5 * minute),
      values,
      faults: [{ kind: 'missing day', from: dayAt * 288 + 20, to: dayAt * 288 + 287 }],
    };
  },
  'a missing day, hourly': (random) => {
    const dayAt = Math.floor(random.between(20, 55));
    const values = Array.from({ length: 1440 }, (_, index) => {
      const cycle = Math.floor(index / 24) === dayAt ? -0.8 : daily(index, 24);
      return 1000 + 400 * cycle + 30 * normalOf(random);
    });
    return { at: every(1440, hour), values, faults: [{ kind: 'missing day', from: dayAt * 24, to: dayAt * 24 + 23 }] };
  },
  'daily business figure, weekly cycle and growth': (random) => {
    const values = Array.from({ length: 730 }, (_, index) => {
      const weekday = [1, 1.05, 1.02, 1, 1.1, 0.7, 0.6][index % 7] ?? 1;
      return 5000 * (1 + index / 700) * weekday * random.logNormal(1, 0.04);
    });
    const faults = places(random, 730, 6, 14).map((at) => {
      values[at] = (values[at] as number) * random.pick([0.3, 0.5, 1.6, 2]);
      return { kind: 'day', from: at, to: at };
    });
    return { at: every(730, day), values, faults };
  },
  'request counts a minute': (random) => {
    const n = 7200;
    const values = Array.from({ length: n }, (_, index) => poisson(random, 60 * Math.exp(1.1 * daily(index, 1440))));
    const faults = places(random, n, 4, 300).map((from, index) => {
      const to = from + 15;
      for (let at = from; at <= to; at += 1) values[at] = index % 2 === 0 ? 0 : Math.round(3 * (values[at] as number));
      return { kind: index % 2 === 0 ? 'outage' : 'rush', from, to };
    });
    return { at: every(n, minute), values, faults };
  },
  'temperature, smooth, with a day': (random) => {
    const noise = arOne(random, 4000, 0.985);
    const values = noise.map((each, index) => 70 + 4 * daily(index, 288) + 3 * each + 0.1 * normalOf(random));
    return { at: every(4000, 5 * minute), faults: spikes(values, random, { count: 6, unit: 1, least: 5, most: 9 }), values };
  },
  'sum of sines, by index': (random) => {
    const [first, second] = [random.between(20, 60), random.between(120, 240)];
    const values = Array.from(
      { length: 1420 },
      (_, index) =>
        600 +
        300 * Math.sin((2 * Math.PI * index) / first) +
        150 * Math.sin((2 * Math.PI * index) / second) +
        15 * normalOf(random),
    );
    const at = values.map((_, index) => (index + 1) * 1000);
    return { at, faults: spikes(values, random, { count: 8, unit: 15, least: 10, most: 30 }), values };
  },
  'trend and three cycles, with outliers and changes': (random) => {
    const values = Array.from(
      { length: 1680 },
      (_, index) =>
        2 * index +
        400 * Math.sin((2 * Math.PI * index) / 24) +
        200 * Math.sin((2 * Math.PI * index) / 12) +
        300 * Math.sin((2 * Math.PI * index) / 168) +
        20 * normalOf(random),
    );
    const faults = spikes(values, random, { count: 6, unit: 20, least: 10, most: 25 });
    const [change = 900] = places(random, 1500, 1);
    for (let at = change; at < values.length; at += 1) values[at] = (values[at] as number) + 600;
    return { at: every(1680, hour), values, faults: [...faults, { kind: 'level', from: change, to: change + 15 }] };
  },
  'office hours, hourly, with a holiday and a busy night': (random) => {
    const n = 24 * 7 * 10;
    const holiday = 7 * 5 + Math.floor(random.between(0, 4)) + 7 * Math.floor(random.between(0, 3));
    const night = 24 * (holiday + 9) + 2;
    const values = Array.from({ length: n }, (_, index) => {
      const [dayAt, hourAt] = [Math.floor(index / 24), index % 24];
      const open = dayAt % 7 < 5 && hourAt >= 8 && hourAt < 18 && dayAt !== holiday;
      const busy = index >= night && index < night + 3;
      return Math.round((open || busy ? 900 : 60) * random.logNormal(1, 0.12));
    });
    const faults = [
      { kind: 'holiday', from: holiday * 24 + 8, to: holiday * 24 + 17 },
      { kind: 'busy night', from: night, to: night + 2 },
    ];
    return { at: every(n, hour), values, faults };
  },
  'sales at uneven times, by day, with wrong prices': (random) => {
    const at: number[] = [];
    let now = start;
    while (at.length < 2500) {
      now += Math.round((-Math.log(1 - random.next()) * 10 * minute) / (1.1 + daily((now - start) / hour, 24)));
      at.push(now);
    }
    const values = at.map(() => random.logNormal(30, 0.4));
    const faults = places(random, 2500, 6).map((index) => {
      values[index] = (values[index] as number) * random.pick([12, 20, 1 / 15]);
      return { kind: 'price', from: index, to: index };
    });
    return { at, values, faults };
  },
  'queue length, mean-reverting, with a jam': (random) => {
    let length = 20;
    const [jam = 1500] = places(random, 2900, 1);
    const values = Array.from({ length: 3000 }, (_, index) => {
      const arrivals = index >= jam && index < jam + 20 ? 30 : 6;
      length = Math.max(0, length + poisson(random, arrivals) - poisson(random, 6 + 0.05 * (length - 20)));
      return length;
    });
    return { at: every(3000, minute), values, faults: [{ kind: 'jam', from: jam, to: jam + 30 }] };
  },
  'flat middle of a cycle without noise': (random) => {
    const dayAt = Math.floor(random.between(7, 12));
    const values = Array.from({ length: 4032 }, (_, index) => {
      const isFlat = Math.floor(index / 288) === dayAt && index % 288 > 60;
      return Math.round(1000 * (50 + 40 * (isFlat ? daily(60, 288) : daily(index, 288)))) / 1000;
    });
    return { at: every(4032, 5 * minute), values, faults: [{ kind: 'flat', from: dayAt * 288 + 61, to: dayAt * 288 + 287 }] };
  },
  'null: cycle without noise': () => ({
    at: every(4032, 5 * minute),
    values: Array.from({ length: 4032 }, (_, index) => 50 + 30 * daily(index, 288)),
    faults: [],
  }),
  'null: memory that leaks and is freed': (random) => {
    let used = 20;
    const values = Array.from({ length: 3000 }, () => {
      used += 0.1 + 0.05 * normalOf(random);
      if (used > 75 && random.chance(0.05)) used = 20;
      return used + 0.3 * normalOf(random);
    });
    return { at: every(3000, 5 * minute), values, faults: [] };
  },
  'null: replicas, set now and then': (random) => {
    let replicas = 4;
    const values = Array.from(
      { length: 3000 },
      () => (replicas = random.chance(0.01) ? 2 + Math.floor(random.between(0, 9)) : replicas),
    );
    return { at: every(3000, minute), values, faults: [] };
  },
  'null: a counter that only grows': (random) => {
    let total = 0;
    const values = Array.from({ length: 3000 }, () => (total += poisson(random, 12)));
    return { at: every(3000, minute), values, faults: [] };
  },
  'null: a price, quiet and wild by turns': (random) => {
    let price = 100;
    let spread = 0.005;
    const values = Array.from({ length: 3000 }, () => {
      spread = Math.exp(Math.log(0.005) + 0.97 * (Math.log(spread) - Math.log(0.005)) + 0.12 * normalOf(random));
      return (price *= Math.exp(spread * normalOf(random)));
    });
    return { at: every(3000, minute), values, faults: [] };
  },
  'null: CPU, mostly idle, spiky': (random) => {
    const noise = arOne(random, 3000, 0.6);
    return { at: every(3000, 5 * minute), values: noise.map((each) => Math.min(100, 3 * Math.exp(0.8 * each))), faults: [] };
  },
  'null: trend': (random) => ({
    at: every(2000, hour),
    values: Array.from({ length: 2000 }, (_, index) => 100 + 0.1 * index + 3 * normalOf(random)),
    faults: [],
  }),
  'null: autocorrelated, 0.9': (random) => ({
    at: every(2000, hour),
    values: arOne(random, 2000, 0.9).map((each) => 20 + 2 * each),
    faults: [],
  }),
  'null: heavy tails': (random) => ({
    at: every(2000, hour),
    values: Array.from({ length: 2000 }, () => {
      const chi = [1, 2, 3, 4].reduce((sum) => sum + normalOf(random) ** 2, 0) / 4;
      return 100 + (5 * normalOf(random)) / Math.sqrt(chi);
    }),
    faults: [],
  }),
  'null: louder by day': (random) => ({
    at: every(4032, 5 * minute),
    values: Array.from(
      { length: 4032 },
      (_, index) => 100 + 40 * daily(index, 288) + (3 + 8 * (1 + daily(index, 288))) * normalOf(random),
    ),
    faults: [],
  }),
  'null: square wave': (random) => ({
    at: every(4032, 5 * minute),
    values: Array.from({ length: 4032 }, (_, index) => (index % 288 >= 108 && index % 288 < 216 ? 80 : 20) + normalOf(random)),
    faults: [],
  }),
  'null: few counts': (random) => ({
    at: every(3000, minute),
    values: Array.from({ length: 3000 }, () => poisson(random, 0.4)),
    faults: [],
  }),
  'null: nightly job': (random) => ({
    at: every(4032, 5 * minute),
    values: Array.from(
      { length: 4032 },
      (_, index) => 5 + 0.5 * normalOf(random) + (index % 288 >= 24 && index % 288 < 30 ? 60 + 5 * normalOf(random) : 0),
    ),
    faults: [],
  }),
  'null: shares between 0 and 1': (random) => ({
    at: every(2000, minute),
    values: Array.from({ length: 2000 }, () => random.next() ** 0.3),
    faults: [],
  }),
};

/** One series of each sort, by this seed. */
export const labelledSeries = (seed: number): LabelledSeries[] =>
  Object.entries(makers).map(([name, make]) => ({ name, ...make(randomOf('series', name, seed)) }));
