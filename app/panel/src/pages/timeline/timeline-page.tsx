import { Page } from '../../shell/page.tsx';

export function TimelinePage() {
  return <Page title="Timeline">{null}</Page>;
}
