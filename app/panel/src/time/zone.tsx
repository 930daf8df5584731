import { createContext, useCallback, useContext, useMemo, useState, type ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { statusQuery } from '../api/queries.ts';

/** In whose time instants are told. */
export type ZoneChoice = 'mine' | 'server';

interface Zone {
  readonly choice: ZoneChoice;
  /** By its IANA name. */
  readonly name: string;
  readonly choose: (choice: ZoneChoice) => void;
}

const STORED_AS = 'gitcron-zone';
const ZoneContext = createContext<Zone | null>(null);

export function ZoneProvider({ children }: { readonly children: ReactNode }) {
  const { data: status } = useQuery(statusQuery);
  const [choice, setChoice] = useState<ZoneChoice>(() =>
    localStorage.getItem(STORED_AS) === 'server' ? 'server' : 'mine',
  );
  const choose = useCallback((next: ZoneChoice) => {
    localStorage.setItem(STORED_AS, next);
    setChoice(next);
  }, []);
  const name = choice === 'server' ? (status?.schedule.zone ?? browserZone()) : browserZone();
  const zone = useMemo(() => ({ choice, name, choose }), [choice, name, choose]);
  return <ZoneContext value={zone}>{children}</ZoneContext>;
}

export function useZone(): Zone {
  const zone = useContext(ZoneContext);
  if (zone === null) throw new TypeError('outside of ZoneProvider');
  return zone;
}

function browserZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}
