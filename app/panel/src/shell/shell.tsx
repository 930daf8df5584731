import { Outlet, useNavigate } from '@tanstack/react-router';
import { KeyHelp } from '../keys/key-help.tsx';
import { useKey } from '../keys/keys.tsx';
import { Header } from './header.tsx';
import { PAGES } from './pages.ts';

/** What is around every page. */
export function Shell() {
  return (
    <>
      <Header />
      <Outlet />
      <KeyHelp />
      {PAGES.map((page) => (
        <PageKey key={page.key} page={page} />
      ))}
    </>
  );
}

function PageKey({ page }: { readonly page: (typeof PAGES)[number] }) {
  const navigate = useNavigate();
  useKey(`g ${page.key}`, page.name, () => void navigate({ to: page.to }));
  return null;
}
