import { Page } from '../../shell/page.tsx';

export function ReleasesPage() {
  return <Page title="Releases">{null}</Page>;
}
