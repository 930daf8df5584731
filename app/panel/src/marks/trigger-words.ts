import type { Trigger } from '../../../src/api/run.ts';

/** Why a run started, as people say it. */
export const TRIGGER_WORDS: Readonly<Record<Trigger, string>> = {
  schedule: 'by its schedule',
  manual: 'by hand',
  http: 'by its URL',
  retry: 'again, by hand',
  catch_up: 'made up for a missed slot',
  deploy: 'by a deploy',
  boot: 'by the start of Gitcron',
  after: 'after another run',
};
