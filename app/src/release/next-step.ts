import type { Pin } from './pin.ts';
import type { Revision } from '../sync/revision.ts';

export interface Situation {
  /** What the source shows; null while it shows nothing. */
  readonly revision: Revision | null;
  readonly pin: Pin | null;
  /** The revision of the active release. */
  readonly current: string | null;
  /** The active release has to be made again: it was made with another Node or PACKAGE_FILE. */
  readonly isStale: boolean;
  /** The revision last taken up: being prepared, activated or rejected. */
  readonly considered: string | null;
  readonly isPreparing: boolean;
}

export type Step =
  | { readonly kind: 'wait' }
  | { readonly kind: 'stay' }
  /** The active release is the right one; whatever is being prepared is not wanted any more. */
  | { readonly kind: 'keep' }
  | { readonly kind: 'take'; readonly revision: Revision }
  | { readonly kind: 'roll_back'; readonly release: string };

/** What to do now. Pure, so that every order of commits, rollbacks and restarts can be tried. */
export function nextStep(situation: Situation): Step {
  const { revision, pin, current, isStale, considered, isPreparing } = situation;
  if (pin !== null && isInForce(pin, revision)) {
    if (pin.release !== current) return { kind: 'roll_back', release: pin.release };
    return { kind: isPreparing ? 'keep' : 'stay' };
  }
  if (revision === null) return { kind: 'wait' };
  if (revision.id === considered) return { kind: 'stay' };
  if (revision.id === current && !isStale) return { kind: 'keep' };
  return { kind: 'take', revision };
}

/** A pin holds until the source shows something that it did not show when it was set. */
export function isInForce(pin: Pin, revision: Revision | null): boolean {
  return revision === null || revision.id === pin.until;
}
