import { useParams } from '@tanstack/react-router';
import { Page } from '../../shell/page.tsx';

export function ReleasePage() {
  const { revision } = useParams({ from: '/releases/$revision' });
  return <Page title={`Release ${revision.slice(0, 7)}`}>{null}</Page>;
}
