import { randomBytes } from 'node:crypto';

/** One thing that changed, as it goes to every follower. */
export interface News {
  readonly number: number;
  /** Of `performance.now()`. */
  readonly atMs: number;
  readonly name: string;
  /** JSON. */
  readonly data: string;
}

/** How long somebody may be away and still hear what they missed, and how much of it. */
const KEPT_MS = 600_000;
const MOST = 5000;

/**
 * The last ten minutes of news, for those who come back. A place in them is `start.number`: the
 * start is ours, so that nobody takes the news of a process for those of the next.
 */
export class NewsBuffer {
  readonly #start = randomBytes(6).toString('hex');
  #news: News[] = [];
  #last = 0;

  get end(): number {
    return this.#last;
  }

  placeOf(number: number): string {
    return `${this.#start}.${number}`;
  }

  /** @returns null when what came after that place is not known any more. */
  numberAt(place: string): number | null {
    const [start, digits] = place.split('.');
    const number = start === this.#start && /^\d{1,15}$/.test(digits ?? '') ? Number(digits) : null;
    const isKnown = number !== null && number <= this.#last && number >= this.#oldest - 1;
    return isKnown ? number : null;
  }

  add(name: string, data: string, atMs: number): void {
    this.#last += 1;
    this.#news.push({ number: this.#last, atMs, name, data });
    const isKept = ({ atMs: then, number }: News): boolean =>
      then > atMs - KEPT_MS && number > this.#last - MOST;
    const first = this.#news.findIndex(isKept);
    // Seldom, and then much at once: each time costs as much as there is.
    if (first > MOST / 10) this.#news = this.#news.slice(first);
  }

  /** Something happened that nobody was there to hear: a gap. */
  skip(): void {
    this.#last += 1;
    this.#news = [];
  }

  /** @returns null when some of them are gone. */
  after(number: number): readonly News[] | null {
    if (number < this.#oldest - 1) return null;
    const first = this.#news[0]?.number ?? number + 1;
    return this.#news.slice(Math.max(number + 1 - first, 0));
  }

  get #oldest(): number {
    return this.#news[0]?.number ?? this.#last + 1;
  }
}
