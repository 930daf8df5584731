import { unreachable } from './api/problem.ts';

/**
 * The module of a page that is loaded when somebody goes there. When a file of it is gone, Gitcron was
 * upgraded since this page was opened: then the router loads the whole page anew, once. It knows that
 * case by the browser's sentence for a script, and Vite has another one for a style sheet. While Gitcron
 * does not answer at all, what is open stays.
 */
export async function pageModule<Module>(module: Promise<Module>): Promise<Module> {
  try {
    return await module;
  } catch (cause) {
    await fetch('/healthz').catch(() => {
      throw unreachable();
    });
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Failed to fetch dynamically imported module: ${words}`, { cause });
  }
}
