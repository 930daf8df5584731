import type { Pin } from './pin.ts';
import type { Revision } from './revision.ts';

export interface Situation {
  /** What the source shows; null while it shows nothing. */
  readonly revision: Revision | null;
  readonly pin: Pin | null;
  /** The revision of the active release. */
  readonly current: string | null;
  /** The revision last taken up: being prepared, activated or rejected. */
  readonly considered: string | null;
}

export type Step =
  | { readonly kind: 'wait' }
  | { readonly kind: 'stay' }
  | { readonly kind: 'take'; readonly revision: Revision }
  | { readonly kind: 'roll_back'; readonly release: string };

/** What to do now. Pure, so that every order of commits, rollbacks and restarts can be tried. */
export function nextStep({ revision, pin, current, considered }: Situation): Step {
  if (pin !== null && isInForce(pin, revision)) {
    return pin.release === current ? { kind: 'stay' } : { kind: 'roll_back', release: pin.release };
  }
  if (revision === null) return { kind: 'wait' };
  if (revision.id === considered) return { kind: 'stay' };
  return { kind: 'take', revision };
}

/** A pin holds until the source shows something that it did not show when it was set. */
export function isInForce(pin: Pin, revision: Revision | null): boolean {
  return revision === null || revision.id === pin.until;
}
