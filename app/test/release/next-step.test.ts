import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isInForce, nextStep, type Situation } from '../../src/release/next-step.ts';
import type { Pin } from '../../src/release/pin.ts';
import type { Revision } from '../../src/sync/revision.ts';

const revision = (id: string): Revision => ({
  id,
  directory: `/${id}`,
  subject: '',
  author: '',
  repository: null,
});

type Happening =
  | { readonly kind: 'commit'; readonly id: string }
  | { readonly kind: 'source_gone' }
  | { readonly kind: 'roll_back' }
  | { readonly kind: 'prepared' }
  | { readonly kind: 'rejected' }
  | { readonly kind: 'look' }
  | { readonly kind: 'restart' };

/** The follower without processes and files: what it would do at each step, done to a few variables. */
class Model {
  shown: string | null = null;
  pin: Pin | null = null;
  current: string | null = null;
  considered: string | null = null;
  preparing: string | null = null;
  rejected: string | null = null;
  /** Revisions that were current once, the latest last. */
  history: string[] = [];

  happen(happening: Happening): void {
    switch (happening.kind) {
      case 'commit':
        this.shown = happening.id;
        break;
      case 'source_gone':
        this.shown = null;
        break;
      case 'roll_back': {
        const target = this.history.findLast((id) => id !== this.current) ?? this.current;
        if (target !== null) this.pin = { release: target, until: this.shown };
        break;
      }
      case 'prepared':
        if (this.preparing !== null) this.#activate(this.preparing);
        this.preparing = null;
        break;
      case 'rejected':
        this.rejected = this.preparing ?? this.rejected;
        this.preparing = null;
        break;
      case 'restart':
        this.preparing = null;
        this.considered = this.current;
        break;
      case 'look':
        break;
    }
    this.look();
  }

  look(): void {
    const { situation } = this;
    if (this.pin !== null && !isInForce(this.pin, situation.revision)) this.pin = null;
    const step = nextStep(this.situation);
    if (step.kind === 'take') {
      this.considered = step.revision.id;
      this.preparing = step.revision.id;
    } else if (step.kind === 'roll_back') {
      this.preparing = null;
      this.considered = null;
      this.#activate(step.release);
    } else if (step.kind === 'keep') {
      this.preparing = null;
      this.considered = this.shown;
    }
  }

  get situation(): Situation {
    return {
      revision: this.shown === null ? null : revision(this.shown),
      pin: this.pin,
      current: this.current,
      isStale: false,
      considered: this.considered,
      isPreparing: this.preparing !== null,
    };
  }

  #activate(id: string): void {
    this.current = id;
    this.history = [...this.history.filter((each) => each !== id), id];
  }
}

const happenings = fc.array(
  fc.oneof(
    fc.record({ kind: fc.constant('commit' as const), id: fc.constantFrom('a', 'b', 'c', 'd') }),
    fc.constantFrom(
      { kind: 'source_gone' } as const,
      { kind: 'roll_back' } as const,
      { kind: 'prepared' } as const,
      { kind: 'rejected' } as const,
      { kind: 'restart' } as const,
      { kind: 'look' } as const,
    ),
  ),
  { maxLength: 40 },
);

/** Every order of happenings, with a check after each. */
function always(check: (model: Model) => void): void {
  fc.assert(
    fc.property(happenings, (list) => {
      const model = new Model();
      for (const happening of list) {
        model.happen(happening);
        check(model);
      }
    }),
    { numRuns: 2000 },
  );
}

describe('what to do next', () => {
  it('never prepares anything while a pin is in force, and stays on the pinned release', () => {
    always((model) => {
      if (model.pin === null) return;
      expect(model.preparing).toBeNull();
      expect(model.current).toBe(model.pin.release);
    });
  });

  it('prepares only what the source shows', () => {
    always(({ preparing, shown }) => {
      // A source that is gone for a while takes nothing back.
      const isWanted = preparing === null || shown === null || preparing === shown;
      expect(isWanted).toBe(true);
    });
  });

  it('is at rest after one look: a second one changes nothing', () => {
    always((model) => {
      const before = JSON.stringify(model);
      model.look();
      expect(JSON.stringify(model)).toBe(before);
    });
  });

  it('ends on what the source shows, unless that was rejected or a pin holds', () => {
    always(({ shown, pin, preparing, current, rejected }) => {
      if (shown === null || pin !== null) return;
      expect([preparing, current, rejected]).toContain(shown);
    });
  });

  it('holds a pin over restarts and lets it go at the next new revision', () => {
    const model = new Model();
    const commit = (id: string) => {
      model.happen({ kind: 'commit', id });
      model.happen({ kind: 'prepared' });
    };
    commit('a');
    commit('b');
    model.happen({ kind: 'roll_back' });
    model.happen({ kind: 'restart' });
    expect(model.current).toBe('a');
    commit('c');
    expect(model).toMatchObject({ current: 'c', pin: null });
  });

  it('makes a release anew that was made for another machine', () => {
    const stale = {
      revision: revision('a'),
      pin: null,
      current: 'a',
      isStale: true,
      considered: null,
      isPreparing: false,
    };
    expect(nextStep(stale).kind).toBe('take');
    expect(nextStep({ ...stale, isStale: false }).kind).toBe('keep');
  });
});
