import { defineConfig, type OxlintOverride } from 'oxlint';

/**
 * The rooms of the app in the order in which data flows through them. A room imports only those
 * above it; what it needs of a later one, it gets as a callback from those who wire the house.
 */
const ROOMS = [
  // Leaves: what every room may know.
  'api/',
  'events/',
  'events.ts',
  'version.ts',
  'processes/',
  'config/',
  'state/',
  'secrets/',
  // The way of a commit, a slot, a line of output.
  'sync/',
  'release/',
  'schedule/',
  'replica/',
  'run/',
  'record/',
  'report/',
  'backup/',
  'actions/',
  'http/',
  // Those who wire the rooms.
  'schedule-and-run.ts',
  'connect-*.ts',
  'plain-crontab.ts',
  'main.ts',
  // Those who start it.
  'local/',
  'cli/',
] as const;

const isFolder = (room: string): boolean => room.endsWith('/');
const filesOf = (room: string): string => `app/src/${isFolder(room) ? `${room}**` : room}`;
const importOf = (room: string): string => (isFolder(room) ? `**/${room}**` : `**/${room}`);

/** Wiring files know each other: only their order towards the folders counts. */
const later = (room: (typeof ROOMS)[number]): string[] => {
  const rest = ROOMS.slice(ROOMS.indexOf(room) + 1);
  return (isFolder(room) ? rest : rest.filter(isFolder)).map(importOf);
};

const restrictImports = (
  group: string[],
  message: string,
): NonNullable<OxlintOverride['rules']> => ({
  'no-restricted-imports': ['error', { patterns: [{ group, message }] }],
});

export default defineConfig({
  plugins: ['typescript', 'import', 'unicorn', 'oxc', 'vitest'],
  categories: { correctness: 'error', suspicious: 'error' },
  rules: {
    'typescript/no-floating-promises': 'error',
    'typescript/no-misused-promises': 'error',
    'typescript/no-explicit-any': 'error',
    'typescript/no-non-null-assertion': 'error',
    'typescript/switch-exhaustiveness-check': 'error',
    'import/no-cycle': 'error',
    'unicorn/no-useless-spread': 'off',
  },
  ignorePatterns: ['examples/**'],
  overrides: [
    {
      files: ['base/src/**'],
      rules: restrictImports(
        ['@gitcron/git-sync/*', '@gitcron/app/*', '**/git-sync/**', '**/app/**'],
        'base is what every program needs: it knows none of them.',
      ),
    },
    {
      files: ['git-sync/src/**'],
      rules: restrictImports(
        ['@gitcron/app/*', '**/app/**'],
        'git-sync is upstream of the app: data flows sync → release → schedule → run → record → report.',
      ),
    },
    {
      // The contract of server, command line and panel: a browser loads it, too.
      files: ['app/src/api/**'],
      rules: restrictImports(
        ['**', '!zod', '!./*.ts'],
        'The contract knows zod and itself: no Node, no room of the app.',
      ),
    },
    {
      files: ['app/panel/src/**'],
      plugins: ['typescript', 'import', 'unicorn', 'oxc', 'react', 'jsx-a11y'],
      rules: {
        // The compiler's: every file has it in scope.
        'react/react-in-jsx-scope': 'off',
        // What only draws a part of a list, and a drawing, have no tag of their own.
        'jsx-a11y/prefer-tag-over-role': 'off',
        // A BroadcastChannel has no other origin.
        'unicorn/require-post-message-target-origin': 'off',
        'import/no-unassigned-import': ['error', { allow: ['**/*.css'] }],
        'no-restricted-imports': [
          'error',
          {
            patterns: [
              {
                group: ['@gitcron/**', '**/src/**', '!**/src/api/*.ts'],
                message: 'The panel knows the contract (app/src/api/), and no room of the house.',
              },
              {
                group: ['zod', '**/src/api/*.ts'],
                allowTypeImports: true,
                message: 'Of the contract the panel has the types alone: a browser would load zod.',
              },
            ],
          },
        ],
      },
    },
    ...ROOMS.filter((room) => room !== 'cli/' && room !== 'api/').map((room) => ({
      files: [filesOf(room)],
      rules: restrictImports(
        later(room),
        `Imports point upstream: ${room} knows nothing of what comes after it (ROOMS in oxlint.config.ts). Let main.ts pass a callback.`,
      ),
    })),
  ],
});
