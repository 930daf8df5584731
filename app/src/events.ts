import { z } from 'zod';
import {
  cancelRequested,
  failureAcknowledged,
  historyCleaned,
  jobSwitched,
  loggedIn,
  loggedOut,
  rolledBack,
  sessionEnded,
  tokenCreated,
  tokenRevoked,
} from './events/deed-events.ts';
import type { DefinedEvent, EventKind, MaskText } from './events/define-event.ts';
import { changesLearned, releasePlanned } from './events/plan-events.ts';
import { clockSetBack, outputDropped, supervisorStarted } from './events/record-events.ts';
import {
  dependenciesInstalled,
  releaseActivated,
  revisionNoticed,
  revisionRejected,
} from './events/release-events.ts';
import {
  attemptFinished,
  attemptStarted,
  runFinished,
  runQueued,
  type OutputEvent,
} from './events/run-events.ts';
import { scheduleReplaced } from './events/schedule-events.ts';
import { slotsGivenUp, slotsTimed, slotsWatched } from './events/slot-events.ts';
import { syncFailed, syncPublished } from './events/sync-events.ts';

export type { JobSource } from './events/job-source.ts';
export type { Outcome } from './events/outcome.ts';
export type { ReleaseName } from './events/release-name.ts';
export type { RunDescription } from './events/run-description.ts';
export type { JobDescription } from './events/schedule-events.ts';

type ToldBy<Kind> =
  Kind extends DefinedEvent<infer Event, infer _> ? Readonly<z.output<Event>> : never;
type KeptBy<Kind> =
  Kind extends DefinedEvent<infer _, infer Journaled> ? Readonly<z.output<Journaled>> : never;

/** Every kind of event but output, which has a journal of its own. A new one is named here. */
const KINDS = {
  run_queued: runQueued,
  attempt_started: attemptStarted,
  attempt_finished: attemptFinished,
  run_finished: runFinished,
  revision_noticed: revisionNoticed,
  dependencies_installed: dependenciesInstalled,
  release_activated: releaseActivated,
  revision_rejected: revisionRejected,
  release_planned: releasePlanned,
  changes_learned: changesLearned,
  schedule_replaced: scheduleReplaced,
  slots_timed: slotsTimed,
  slots_watched: slotsWatched,
  slots_given_up: slotsGivenUp,
  sync_published: syncPublished,
  sync_failed: syncFailed,
  job_switched: jobSwitched,
  failure_acknowledged: failureAcknowledged,
  cancel_requested: cancelRequested,
  rolled_back: rolledBack,
  token_created: tokenCreated,
  token_revoked: tokenRevoked,
  logged_in: loggedIn,
  logged_out: loggedOut,
  session_ended: sessionEnded,
  history_cleaned: historyCleaned,
  clock_set_back: clockSetBack,
  supervisor_started: supervisorStarted,
  output_dropped: outputDropped,
};
type Kinds = typeof KINDS;
export type EventType = keyof Kinds;

type Told = { readonly [Type in EventType]: ToldBy<Kinds[Type]> };
type Kept = { readonly [Type in EventType]: KeptBy<Kinds[Type]> };

/** The life of a run, in order. `run` emits these; the record and the API listen. */
export type RunEvent =
  | Told['run_queued' | 'attempt_started' | 'attempt_finished' | 'run_finished']
  | OutputEvent;

/** The life of a commit, in order. `release` emits these. */
export type ReleaseEvent = Told[
  | 'revision_noticed'
  | 'dependencies_installed'
  | 'release_activated'
  | 'revision_rejected'];

export type PlanEvent = Told['release_planned' | 'changes_learned'];
export type ScheduleEvent = Told['schedule_replaced'];
/** What has to be known of slots beside the runs. `schedule` tells. */
export type SlotEvent = Told['slots_timed' | 'slots_watched' | 'slots_given_up'];
export type SyncEvent = Told['sync_published' | 'sync_failed'];
/** What somebody did, with its author. `http` tells. */
export type DeedEvent = Told[
  | 'job_switched'
  | 'failure_acknowledged'
  | 'cancel_requested'
  | 'rolled_back'
  | 'token_created'
  | 'token_revoked'
  | 'logged_in'
  | 'logged_out'
  | 'session_ended'
  | 'history_cleaned'];
export type ClockEvent = Told['clock_set_back'];

/** Everything that observers are told. */
export type RecordedEvent =
  | RunEvent
  | ReleaseEvent
  | PlanEvent
  | ScheduleEvent
  | SlotEvent
  | SyncEvent
  | DeedEvent
  | ClockEvent;

/**
 * What the journal of runs holds, in the order in which it happened: events as they are kept, and
 * what the record tells itself.
 */
export type JournalEntry = Kept[EventType];

const BY_TYPE: { readonly [Type in EventType]: EventKind<Told[Type], Kept[Type]> } = KINDS;

/** All there is to know of an event's kind. */
export function kindOf<Type extends EventType>({
  type,
}: {
  readonly type: Type;
}): EventKind<Told[Type], Kept[Type]> {
  return BY_TYPE[type];
}

/** An event without secrets, as the record and the API may keep it. */
export function maskEvent(event: RecordedEvent, maskText: MaskText): RecordedEvent {
  return event.type === 'output' ? event : kindOf(event).mask(event, maskText);
}

const typed = z.object({ type: z.string().refine(isKnown) });

function isKnown(type: string): type is EventType {
  return Object.hasOwn(KINDS, type);
}

/** @returns null for an entry that this version does not understand. */
export function readEntry(value: unknown): JournalEntry | null {
  const { data: named } = typed.safeParse(value);
  if (named === undefined) return null;
  return kindOf(named).schema.safeParse(value).data ?? null;
}
