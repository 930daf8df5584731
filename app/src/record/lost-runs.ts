import type { RunFinished } from '../events/run-events.ts';
import { LastOf } from './last-of.ts';

/** More than end while a predecessor's are looked for. */
const NOTED_RUNS = 2000;

/**
 * Ends of runs that only the database knew of: those of a supervisor that is gone. Whoever finds what
 * is left of a run tells more of its end, so these wait until that is done.
 */
export class LostRuns {
  readonly #ended = new LastOf<true>(NOTED_RUNS);
  #waiting: RunFinished[] = [];
  #tell: ((end: RunFinished) => void) | null = null;

  /** The end of a run was told. */
  ended(runId: string): void {
    this.#ended.set(runId, true);
  }

  found(end: RunFinished): void {
    if (this.#tell === null) this.#waiting.push(end);
    else if (this.#ended.get(end.runId) === undefined) this.#tell(end);
  }

  /** From now on they are told, each once. */
  tellTo(tell: (end: RunFinished) => void): void {
    this.#tell = tell;
    for (const end of this.#waiting.splice(0)) this.found(end);
  }
}
