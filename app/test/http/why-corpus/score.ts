import { runPage, runView, type RunView } from '../../../src/api/run.ts';
import { whyView, type WhyView } from '../../../src/api/why.ts';
import { until } from '../../../../base/test/until.ts';
import { answerOf } from '../ask-house.ts';
import { post, type House } from '../house.ts';

export type Verdict = 'right' | 'silent' | 'wrong';

/** A failure whose cause is known, and what *why* made of it. */
export interface Scored {
  readonly verdict: Verdict;
  readonly name: string;
  readonly told: string;
  readonly known: string;
}

/** The right answer: what it comes to and its sentence, without what differs from time to time. */
export type Known = readonly [finding: WhyView['finding'], sentence: string];

const SILENT: ReadonlySet<string> = new Set(['not_known', 'never_succeeded']);

/** The failures of a house, one after the other. */
export class Failures {
  readonly scored: Scored[] = [];
  readonly #house: House;

  constructor(house: House) {
    this.#house = house;
  }

  async run(job: string, params: object = {}): Promise<RunView> {
    const response = await this.#house.control(`/scripts/${job}?wait=60`, post(params));
    return runView.parse(await response.json());
  }

  async succeeds(...jobs: string[]): Promise<void> {
    const runs = await Promise.all(jobs.map((job) => this.run(job)));
    const failed = runs.filter(({ status }) => status !== 'succeeded');
    if (failed.length === 0) return;
    const ends = failed.map(({ job, status, error }) => `${job}: ${status}, ${error}`);
    throw new Error(`What was to succeed did not: ${ends.join('; ')}`);
  }

  /** The run that followed another, when it is over. */
  follower(job: string, { id }: { readonly id: string }): Promise<RunView> {
    return until(async () => {
      const page = await answerOf(this.#house, `/api/v1/runs?job=${job}&limit=1`, runPage);
      const [newest] = page.items;
      if (newest === undefined || newest.finishedAt === null) return null;
      const run = await answerOf(this.#house, `/api/v1/runs/${newest.id}`, runView);
      return run.afterRun === id && run;
    }, `what followed run ${id}`);
  }

  /** A run when it is over. */
  ended({ id }: { readonly id: string }): Promise<RunView> {
    return until(async () => {
      const run = await answerOf(this.#house, `/api/v1/runs/${id}`, runView);
      return run.finishedAt !== null && run;
    }, `that run ${id} is over`);
  }

  why({ id }: { readonly id: string }): Promise<WhyView> {
    return answerOf(this.#house, `/api/v1/runs/${id}/why`, whyView);
  }

  /** Runs a job that is to fail and holds what is said of it against what is known. */
  async fails(name: string, job: string, known: Known, params: object = {}): Promise<WhyView> {
    return this.explains(name, await this.run(job, params), known);
  }

  async explains(name: string, run: { readonly id: string }, known: Known): Promise<WhyView> {
    const why = await this.why(run);
    const told: Known = [why.finding, plain(why.sentence)];
    this.scored.push({
      name,
      verdict: verdictOf(told, known),
      told: told.join(': '),
      known: known.join(': '),
    });
    return why;
  }
}

function verdictOf([finding, sentence]: Known, [right, words]: Known): Verdict {
  if (finding === right && sentence === words) return 'right';
  return SILENT.has(finding) ? 'silent' : 'wrong';
}

/** Hashes, ids and durations differ each time. */
export function plain(text: string): string {
  return text
    .replaceAll(/#[0-9a-f]{8}\b/g, '#RUN')
    .replaceAll(/\b[0-9a-f]{7}(?= “| →|;|\))/g, 'COMMIT')
    .replaceAll(/(?<=→ )[0-9a-f]{7}\b/g, 'COMMIT')
    .replaceAll(/\b\d[\d.]*(?:ms|s)\b/g, 'TIME');
}
