import { exactly, fromNow, type Iso } from './format.ts';
import { useNow } from './now.ts';
import { useZone } from './zone.tsx';

interface Props {
  readonly at: Iso;
  /** The job's, if it has one of its own: told besides, where one points. */
  readonly jobZone?: string | null;
}

/** `12h ago`; when exactly, where one points. */
export function Ago({ at, jobZone = null }: Props) {
  const isNear = Math.abs(Date.parse(at) - useNow(30_000)) < 120_000;
  const now = useNow(isNear ? 1000 : 30_000);
  return (
    <time dateTime={at} title={useTold(at, jobZone)}>
      {fromNow(at, now)}
    </time>
  );
}

/** `2026-10-25 02:00:05 +02:00`. */
export function Instant({ at, jobZone = null }: Props) {
  const { name } = useZone();
  return (
    <time dateTime={at} title={useTold(at, jobZone)}>
      {exactly(at, name)}
    </time>
  );
}

function useTold(at: Iso, jobZone: string | null): string {
  const { name } = useZone();
  const zones = [...new Set([name, jobZone ?? name])];
  return zones.map((zone) => `${exactly(at, zone)} ${zone}`).join('\n');
}
