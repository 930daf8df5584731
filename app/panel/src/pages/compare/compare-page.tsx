import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { Loaded } from '../../shell/loaded.tsx';
import { Page } from '../../shell/page.tsx';
import { diffQuery } from '../releases/queries.ts';
import { Differences } from './differences.tsx';

/** Two commits beside each other. */
export function ComparePage() {
  const { from, to } = useParams({ from: '/compare/$from/$to' });
  const diff = useQuery(diffQuery(from, to));
  return (
    <Page
      title={`${from.slice(0, 7)} → ${to.slice(0, 7)}`}
      actions={
        <Link to="/compare/$from/$to" params={{ from: to, to: from }}>
          the other way round
        </Link>
      }
    >
      <Loaded query={diff} what="the differences">
        {(loaded) => <Differences diff={loaded} />}
      </Loaded>
    </Page>
  );
}
