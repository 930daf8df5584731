import { Page } from '../../shell/page.tsx';

export function SystemPage() {
  return <Page title="System">{null}</Page>;
}
