import { source } from 'axe-core';
import type { Page } from 'playwright-core';
import { z } from 'zod';

const found = z.object({
  violations: z.array(
    z.object({
      id: z.string(),
      nodes: z.array(z.object({ target: z.array(z.unknown()), failureSummary: z.string() })),
    }),
  ),
});

/** What stands in somebody's way on a page, by axe: rule, and where. */
export async function violationsOf(page: Page): Promise<string[]> {
  // As the debugger, which the content policy does not bind.
  await page.evaluate(source);
  const answer: unknown = await page.evaluate(`axe.run(document, { resultTypes: ['violations'] })`);
  return found
    .parse(answer)
    .violations.flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
    );
}
