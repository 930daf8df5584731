import './style/tokens.css';
import './style/base.css';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Problem } from './api/problem.ts';
import { KeysProvider } from './keys/keys.tsx';
import { LiveProvider } from './live/live.tsx';
import { router } from './router.tsx';
import { ZoneProvider } from './time/zone.tsx';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      // The news say what changed; nothing is asked for anew only because it is looked at.
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      // What was refused will be refused again; what did not answer may.
      retry: (times, error) => times < 3 && !(error instanceof Problem && error.status > 0),
    },
  },
});

const place = document.querySelector('#panel');
if (place === null) throw new Error('index.html has no place for the panel');
createRoot(place).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <LiveProvider>
        <ZoneProvider>
          <KeysProvider>
            <RouterProvider router={router} />
          </KeysProvider>
        </ZoneProvider>
      </LiveProvider>
    </QueryClientProvider>
  </StrictMode>,
);
