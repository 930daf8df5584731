import { join } from 'node:path';
import { CodedError } from '@gitcron/base/coded-error';
import { errorFields } from '@gitcron/base/error-fields';
import type { Logger } from '@gitcron/base/log';
import { readPanel, type Panel } from './panel-files.ts';

const DIRECTORY = join(import.meta.dirname, '../../../panel/dist');

/** The panel that was built beside us. Jobs do not wait for one, so whatever is wrong is told only. */
export async function findPanel(logger: Logger): Promise<Panel | null> {
  try {
    const panel = await readPanel(DIRECTORY);
    if (panel === null) logger.info('The panel was not built; everything else works.');
    return panel;
  } catch (cause) {
    const error = new CodedError('GITCRON_E_PANEL', 'The panel cannot be read.', {
      place: DIRECTORY,
      hint: 'Let the supervisor read it, or delete it and build it anew (node scripts/build-panel.js); then start again.',
      cause,
    });
    logger.warn(errorFields(error), 'There is no panel; everything else works.');
    return null;
  }
}
