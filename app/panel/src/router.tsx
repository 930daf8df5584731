import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  Link,
} from '@tanstack/react-router';
import { pageModule } from './page-module.ts';
import { JobsPage } from './pages/jobs/jobs-page.tsx';
import { Complaint } from './shell/complaint.tsx';
import { Page } from './shell/page.tsx';
import { PageComplaint } from './shell/page-complaint.tsx';
import { Shell } from './shell/shell.tsx';

/** Search parameters as they stand in the address; each page reads its own out of them. */
export type Search = Readonly<Record<string, string>>;

function searchOf(given: Record<string, unknown>): Search {
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value)]] : [],
    ),
  );
}

const root = createRootRoute({
  component: Shell,
  validateSearch: searchOf,
  notFoundComponent: NoSuchPage,
  errorComponent: ({ error }) => <Complaint of={error} />,
});

/** Every page: one line here, its files in a folder of its own. Only the start page comes at once. */
const routes = [
  createRoute({ getParentRoute: () => root, path: '/', component: JobsPage }),
  createRoute({
    getParentRoute: () => root,
    path: '/jobs/$slug',
    component: lazyRouteComponent(() => pageModule(import('./pages/job/job-page.tsx')), 'JobPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/jobs/$slug/run',
    component: lazyRouteComponent(
      () => pageModule(import('./pages/run-now/run-now-page.tsx')),
      'RunNowPage',
    ),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/timeline',
    component: lazyRouteComponent(
      () => pageModule(import('./pages/timeline/timeline-page.tsx')),
      'TimelinePage',
    ),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/runs',
    component: lazyRouteComponent(
      () => pageModule(import('./pages/runs/runs-page.tsx')),
      'RunsPage',
    ),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/runs/$id',
    component: lazyRouteComponent(() => pageModule(import('./pages/run/run-page.tsx')), 'RunPage'),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/releases',
    component: lazyRouteComponent(
      () => pageModule(import('./pages/releases/releases-page.tsx')),
      'ReleasesPage',
    ),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/releases/$revision',
    component: lazyRouteComponent(
      () => pageModule(import('./pages/release/release-page.tsx')),
      'ReleasePage',
    ),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/compare/$from/$to',
    component: lazyRouteComponent(
      () => pageModule(import('./pages/compare/compare-page.tsx')),
      'ComparePage',
    ),
  }),
  createRoute({
    getParentRoute: () => root,
    path: '/system',
    component: lazyRouteComponent(
      () => pageModule(import('./pages/system/system-page.tsx')),
      'SystemPage',
    ),
  }),
] as const;

export const router = createRouter({
  routeTree: root.addChildren(routes),
  defaultErrorComponent: PageComplaint,
  defaultPreload: 'intent',
  scrollRestoration: true,
  // As people write them, and not as JSON: ?status=failed&job=poll
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const given = Object.entries(search).flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [[name, String(value)]],
    );
    return given.length === 0 ? '' : `?${new URLSearchParams(given)}`;
  },
});

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router;
  }
}

function NoSuchPage() {
  return (
    <Page title="There is nothing here">
      <p>
        The address may be old or mistyped. <Link to="/">All jobs</Link>
      </p>
    </Page>
  );
}
