import { useParams } from '@tanstack/react-router';
import { Page } from '../../shell/page.tsx';

export function ComparePage() {
  const { from, to } = useParams({ from: '/compare/$from/$to' });
  return <Page title={`${from.slice(0, 7)} → ${to.slice(0, 7)}`}>{null}</Page>;
}
