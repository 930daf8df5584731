import type { DependencyManager } from './dependency-manager.ts';
import { npm } from './npm.ts';
import { pnpm } from './pnpm.ts';
import { venv } from './venv.ts';

/** Every dependency manager, asked in this order. A repository may need several. */
export const dependencyManagers: readonly DependencyManager[] = [pnpm, npm, venv];
