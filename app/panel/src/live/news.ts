import type { z } from 'zod';
import type { HouseEventName, houseEvents } from '../../../src/api/stream.ts';

/** Something that happened in the house, as its stream tells it. */
export type News = {
  [Name in HouseEventName]: {
    readonly name: Name;
    readonly data: z.output<(typeof houseEvents)[Name]>;
  };
}[HouseEventName];

const NAMES: Readonly<Record<HouseEventName, true>> = {
  reset: true,
  run: true,
  job: true,
  jobs: true,
  release: true,
  needs: true,
};

/** @returns null for what a newer server tells, which this page does not know. */
export function newsOf(name: string | undefined, data: string): News | null {
  if (name === undefined || !Object.hasOwn(NAMES, name)) return null;
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the contract is the server's own
  return { name, data: JSON.parse(data) } as News;
}
