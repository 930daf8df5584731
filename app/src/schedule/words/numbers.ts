import { nextBit, type BitSet } from '../expression/bit-set.ts';

/** The members of a set, ascending. */
export function membersOf(bits: BitSet): number[] {
  const members: number[] = [];
  for (let value = nextBit(bits, 0); value !== -1; value = nextBit(bits, value + 1)) {
    members.push(value);
  }
  return members;
}

/** The one distance between all members; null when there is none, or fewer than two members. */
export function stepOf(members: readonly number[]): number | null {
  const [first, second] = members;
  if (first === undefined || second === undefined) return null;
  const step = second - first;
  return members.every((member, index) => member === first + index * step) ? step : null;
}

/** The distance at which members follow each other also over the end of their cycle: 15 of 60. */
export function evenStepOf(members: readonly number[], cycle: number): number | null {
  const step = stepOf(members);
  return step !== null && step * members.length === cycle ? step : null;
}

/** `a, b and c` */
export function joined(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}

/** Fewer are told one by one. */
const SHORTEST_PROGRESSION = 5;

/** `5`, `0 and 40`, `1 to 5 and 9`, `0 to 56 in steps of 7`: every member, and no other. */
export function listed(members: readonly number[], name: (member: number) => string = String) {
  const step = stepOf(members);
  const [first, last] = [members[0], members.at(-1)];
  if (step !== null && step > 1 && members.length >= SHORTEST_PROGRESSION) {
    return `${name(first ?? 0)} to ${name(last ?? 0)} in steps of ${step}`;
  }
  return joined(runsOf(members).flatMap((run) => runInWords(run.map(name))));
}

/** Parts ascending members where one is missing between them. */
function runsOf(members: readonly number[]): number[][] {
  const runs: number[][] = [];
  for (const member of members) {
    const run = runs.at(-1);
    if (run?.at(-1) === member - 1) run.push(member);
    else runs.push([member]);
  }
  return runs;
}

/** Neighbours in words: two are two, more are a range. */
export function runInWords(run: readonly string[]): readonly string[] {
  return run.length < 3 ? run : [`${run[0]} to ${run.at(-1)}`];
}
