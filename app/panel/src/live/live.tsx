import { useQueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useMemo, useState, type ReactNode } from 'react';
import { createNewsReader } from './apply-news.ts';
import { openHouseLine, type Connection } from './house-line.ts';
import type { News } from './news.ts';

type Listener = (news: News) => void;

interface Live {
  readonly connection: Connection;
  /** @returns ends it. */
  readonly listen: (listener: Listener) => () => void;
}

const LiveContext = createContext<Live | null>(null);

/** Keeps everything below it up to date while the page is open. */
export function LiveProvider({ children }: { readonly children: ReactNode }) {
  const client = useQueryClient();
  const [connection, setConnection] = useState<Connection>('connecting');
  const [listeners] = useState(() => new Set<Listener>());
  useEffect(() => {
    const read = createNewsReader(client);
    const line = openHouseLine({
      onNews(news) {
        read(news);
        for (const listener of listeners) listener(news);
      },
      onConnection: setConnection,
    });
    return () => line.close();
  }, [client, listeners]);
  const live = useMemo<Live>(
    () => ({
      connection,
      listen(listener) {
        listeners.add(listener);
        return () => void listeners.delete(listener);
      },
    }),
    [connection, listeners],
  );
  return <LiveContext value={live}>{children}</LiveContext>;
}

function useLive(): Live {
  const live = useContext(LiveContext);
  if (live === null) throw new TypeError('outside of LiveProvider');
  return live;
}

export function useConnection(): Connection {
  return useLive().connection;
}

/** @param listener has to be the same one between renders (useCallback). */
export function useNews(listener: Listener): void {
  const { listen } = useLive();
  useEffect(() => listen(listener), [listen, listener]);
}
