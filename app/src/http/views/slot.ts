import { toIso } from '../../api/instant.ts';
import type { SlotView } from '../../api/slot.ts';
import type { FatedSlot } from '../list-slots.ts';

/** Slots of one job without runs that have the same fate are one item: a night of seconds is no page. */
export function joinSlots(slots: readonly FatedSlot[]): SlotView[] {
  const items: SlotView[] = [];
  const lastOf = new Map<string, number>();
  for (const slot of slots) {
    const view = viewSlot(slot);
    const index = lastOf.get(slot.job);
    const last = index === undefined ? undefined : items[index];
    if (index !== undefined && last !== undefined && isAlike(last, view)) {
      items[index] = { ...last, until: view.until, count: last.count + 1 };
      continue;
    }
    lastOf.set(slot.job, items.push(view) - 1);
  }
  return items;
}

/** Those to come are told one by one: people want to see when. */
function isAlike(one: SlotView, other: SlotView): boolean {
  return (
    one.run === null &&
    one.fate !== 'planned' &&
    one.fate === other.fate &&
    one.why === other.why &&
    one.madeUpBy === other.madeUpBy &&
    one.release === other.release &&
    other.run === null
  );
}

const NOTHING = {
  why: null,
  lateMs: null,
  run: null,
  status: null,
  inTheWay: null,
  madeUpBy: null,
  release: null,
};

function viewSlot({ job, at, fate }: FatedSlot): SlotView {
  const view = { job, at: toIso(at), until: toIso(at), count: 1, fate: fate.kind, ...NOTHING };
  switch (fate.kind) {
    case 'planned':
    case 'forgotten':
    case 'unwritten':
    case 'unexplained':
      return view;
    case 'missed':
      return { ...view, why: fate.why, madeUpBy: fate.madeUpBy?.runId ?? null };
    case 'withdrawn':
      return { ...view, why: fate.by, release: fate.revision };
    case 'waiting':
    case 'on_time':
    case 'skipped':
    case 'not_begun':
    case 'late':
    case 'made_up': {
      const { run } = fate;
      return {
        ...view,
        run: run.runId,
        status: run.status,
        inTheWay: run.inTheWay,
        lateMs: 'lateMs' in fate ? Math.round(fate.lateMs) : null,
        why: 'why' in fate ? fate.why : null,
      };
    }
  }
  return fate satisfies never;
}
