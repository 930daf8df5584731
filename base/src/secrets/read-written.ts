import {
  CUT,
  introducedAt,
  isIntroducer,
  LAYERS,
  type Readings,
  type Written,
} from './written-bytes.ts';

/** @returns what may be meant at a place. */
export type ReadWritten = (data: Buffer) => (at: number) => Readings;

/** Many ways lead to a place: what was seen there is kept for as many places as any of them is long. */
const KEPT_PLACES = 4096;

export const readWritten: ReadWritten = (data) => {
  const known = new Map<number, Readings>();
  const written: Written = {
    data,
    readings(at, layers) {
      const raw = data[at];
      if (raw === undefined) return CUT;
      if (layers === 0 || !isIntroducer(raw)) {
        return { all: [{ bytes: [raw], next: at + 1 }], isCut: false };
      }
      const key = at * LAYERS + layers - 1;
      const before = known.get(key);
      if (before !== undefined) return before;
      const readings = repeats(data, at)
        ? repeatedAt(written, at, layers)
        : introducedAt(written, at, layers);
      if (known.size >= KEPT_PLACES) known.clear();
      known.set(key, readings);
      return readings;
    },
  };
  return (at) => written.readings(at, LAYERS);
};

/** What repeats itself at one of these distances, as long runs of backslashes or quotes do, is read once. */
const PERIOD = 12;
/** No reading looks so far ahead: \\u{1f600} with each of its letters escaped through all layers. */
const FARTHEST = 120;
/** By what repeats itself and the layers: the readings of a place, as if it were the first. */
const repeated = new Map<string, Readings>();

function repeats(data: Buffer, at: number): boolean {
  const end = at + FARTHEST;
  return (
    end + PERIOD <= data.length && data.compare(data, at + PERIOD, end + PERIOD, at, end) === 0
  );
}

function repeatedAt(written: Written, at: number, layers: number): Readings {
  const key = `${layers}${written.data.toString('latin1', at, at + PERIOD)}`;
  let first = repeated.get(key);
  if (first === undefined) {
    first = moved(introducedAt(written, at, layers), -at);
    if (repeated.size >= KEPT_PLACES) repeated.clear();
    repeated.set(key, first);
  }
  return moved(first, at);
}

function moved({ all, isCut }: Readings, by: number): Readings {
  return { all: all.map(({ bytes, next }) => ({ bytes, next: next + by })), isCut };
}
