/** The pages that can be gone to from everywhere: by the line at the top, and by `g` and a key. */
export const PAGES = [
  { to: '/', name: 'Jobs', key: 'j' },
  { to: '/timeline', name: 'Timeline', key: 't' },
  { to: '/runs', name: 'History', key: 'h' },
  { to: '/releases', name: 'Releases', key: 'r' },
  { to: '/system', name: 'System', key: 's' },
] as const;
