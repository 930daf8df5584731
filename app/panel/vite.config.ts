import { defineConfig } from 'vite';

/** Where `npm run dev` of this workspace asks: a supervisor at work. */
const SUPERVISOR = {
  target: process.env['GITCRON_URL'] ?? 'http://127.0.0.1:8080',
  // It refuses changes that were asked for by another site.
  changeOrigin: false,
};

export default defineConfig({
  build: {
    target: 'es2023',
    // Everything comes from files: the content policy has no room for what is inline.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    // Directives for servers that render React; there is none here.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  server: { proxy: { '/api': SUPERVISOR, '/login': SUPERVISOR } },
});
