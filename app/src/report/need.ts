import { toIso } from '../api/instant.ts';
import type { Need } from '../api/need.ts';

export function need(code: Need['code'], since: number | null, sentence: string): Need {
  return { code, since: toIso(since), sentence };
}
