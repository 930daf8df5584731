/**
 * Collects steps for after the work at hand. When many slots fall on one instant, all their gates
 * open first; then events, log lines and readers follow, in order.
 */
export function createAfterInstant(): (step: () => void) => void {
  let steps: (() => void)[] = [];

  function run(): void {
    const due = steps;
    steps = [];
    for (const step of due) step();
  }

  return (step) => {
    if (steps.length === 0) queueMicrotask(run);
    steps.push(step);
  };
}
