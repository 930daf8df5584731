import { useRouter } from '@tanstack/react-router';
import { useEffect } from 'react';
import { Problem, UNREACHABLE } from '../api/problem.ts';
import { Complaint } from './complaint.tsx';
import { Page } from './page.tsx';

const AGAIN_MS = 3000;

/** In the place of a page that cannot be shown; the line at the top stays. */
export function PageComplaint({ error }: { readonly error: unknown }) {
  const router = useRouter();
  const isAway = error instanceof Problem && error.code === UNREACHABLE;
  useEffect(() => {
    if (!isAway) return undefined;
    const timer = setInterval(() => void router.invalidate(), AGAIN_MS);
    return () => clearInterval(timer);
  }, [isAway, router]);
  return (
    <Page title="This page cannot be shown">
      <Complaint of={error} />
    </Page>
  );
}
