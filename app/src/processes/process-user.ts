import { z } from 'zod';

/** A user that children run as; the supervisor must be root to change to it. */
export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
}

/** `1000:1000`: numbers, because a slim image may not know the name. */
export const processUser = z
  .string()
  .regex(/^\d{1,9}:\d{1,9}$/, 'expected UID:GID in numbers, such as 1000:1000')
  .transform((text): ProcessUser => {
    const [uid = 0, gid = 0] = text.split(':').map(Number);
    return { uid, gid };
  })
  .refine(({ uid, gid }) => uid > 0 && gid > 0, 'must not be root (0)');
