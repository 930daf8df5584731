import type { RunView } from '../../../src/api/run.ts';
import { bytes } from './bytes.ts';

/** What is said in the place of output that was not kept. */
export function gapInWords({ output: { omittedBytes, omittedWhy } }: RunView): string {
  const how = omittedBytes === 0 ? 'Some output' : `${bytes(omittedBytes)} in all`;
  switch (omittedWhy) {
    case 'run_limit':
      return `… left out here: ${how}, over the limit of a run (RUN_OUTPUT_LIMIT_MB) …`;
    case 'journal_full':
      return `… left out here: ${how}, because the journal was full while the database was away …`;
    case 'retention':
      return `… deleted here: ${how}, to make room (KEEP_OUTPUT_MB) …`;
    case null:
      return '… something is missing here …';
    default:
      return omittedWhy satisfies never;
  }
}
