import { createRequire } from 'node:module';
import { z } from 'zod';

const packageSchema = z.object({ version: z.string() });

export const VERSION = packageSchema.parse(
  createRequire(import.meta.url)('../package.json'),
).version;
