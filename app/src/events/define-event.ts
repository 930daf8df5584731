import type { ClientBase } from 'pg';
import type { z } from 'zod';
import type { EpochMs } from '@gitcron/base/clock';
import type { RunFinished } from './run-events.ts';

export type MaskText = (text: string) => string;

/** The supervisor that makes the entries of a journal: its state volume, and this start of it. */
export interface Origin {
  readonly owner: string;
  readonly instance: string;
  readonly host: string;
}

/** What the record knows, and adds to an event that it keeps. */
export interface Keeping {
  readonly origin: Origin;
  /** Of the run that is told of. */
  readonly outputOmittedBytes: number;
}

/** How what the journal holds of an event gets into the database. */
export type Storing<Kept> =
  /** Many at a time. A life has an order, and storing an entry twice changes nothing. */
  | {
      readonly kind: 'life';
      readonly order: number;
      store(client: ClientBase, entries: readonly Kept[]): Promise<void>;
    }
  /** One at a time and in the order of the journal: each may change what the one before it said. */
  | {
      readonly kind: 'single';
      /**
       * Left out: it is remembered among the events, and that is all.
       * @returns ends of runs that it brought to light, to be told once all is committed.
       */
      store?(client: ClientBase, entry: Kept): Promise<RunFinished[] | void>;
      /** What the events show of it; all of it where this is left out. Long lists are kept elsewhere, once. */
      detail?(entry: Kept): object;
    }
  /** As `single`, but not remembered among the events: nobody would want to read it there. */
  | { readonly kind: 'fact'; store(client: ClientBase, entry: Kept): Promise<void> };

interface Event {
  readonly type: string;
  readonly at: EpochMs;
}

/** All there is to know of one kind of event. */
export interface EventKind<Told extends Event, Kept extends Event> {
  readonly type: Told['type'];
  /** Of what the journal holds: it can have been written by an older version. */
  readonly schema: z.ZodType<Kept>;
  /** @returns what the journal holds of it. */
  keep(event: Told, keeping: Keeping): Kept;
  /** @returns the same without secrets. Names of jobs stay as they are, because they are keys. */
  mask(event: Told, maskText: MaskText): Told;
  readonly storing: Storing<Kept>;
}

type Schema = z.ZodType<Event>;

/** An `EventKind` whose types are those of its schemas. */
export interface DefinedEvent<Told extends Schema, Kept extends Schema> {
  readonly type: z.output<Told>['type'];
  readonly told: Told;
  readonly schema: Kept;
  keep(event: z.output<Told>, keeping: Keeping): z.output<Kept>;
  mask(event: z.output<Told>, maskText: MaskText): z.output<Told>;
  readonly storing: Storing<z.output<Kept>>;
}

type Mask<Told extends Schema> = (event: z.output<Told>, maskText: MaskText) => z.output<Told>;

/** An event that the journal holds as it is told. */
export function defineEvent<Told extends Schema>(definition: {
  readonly type: z.output<Told>['type'];
  readonly schema: Told;
  /** Left out: there is nothing in it that a secret could stand in. */
  readonly mask?: Mask<Told>;
  readonly storing: Storing<z.output<Told>>;
}): DefinedEvent<Told, Told> {
  const asItIs = (event: z.output<Told>): z.output<Told> => event;
  return { told: definition.schema, keep: asItIs, mask: asItIs, ...definition };
}

/** An event of which the journal holds less than is told, or more. */
export function defineKeptEvent<Told extends Schema, Kept extends Schema>(definition: {
  readonly type: z.output<Told>['type'];
  readonly told: Told;
  readonly schema: Kept;
  readonly keep: (event: z.output<Told>, keeping: Keeping) => z.output<Kept>;
  readonly mask?: Mask<Told>;
  readonly storing: Storing<z.output<Kept>>;
}): DefinedEvent<Told, Kept> {
  return { mask: (event) => event, ...definition };
}
