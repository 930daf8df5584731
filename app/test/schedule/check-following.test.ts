import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseCrontab } from '../../src/schedule/crontab/parse.ts';
import { describeSchedule } from '../../src/schedule/describe.ts';
import { nextSlotsOf } from '../../src/schedule/planner.ts';

function parse(...lines: readonly string[]) {
  return parseCrontab(lines.join('\n'), { file: 'crontab', defaultZone: 'UTC' });
}

const ROOT = ['# @name nightly-report', '0 2 * * * report'];

describe('a job that follows another one', () => {
  test.each([
    ['@after nightly-report', 'succeeded'],
    ['@after-failed nightly-report', 'failed'],
    ['@after-ended\tnightly-report', 'ended'],
  ])('%j', (schedule, when) => {
    const { jobs, problems, warnings } = parse(...ROOT, `${schedule}  node mail.ts --to x`);
    expect([...problems, ...warnings]).toEqual([]);
    const [, mail] = jobs;
    if (mail === undefined) throw new Error('no job');
    const source = schedule.replace('\t', ' ');
    expect(mail).toMatchObject({ slug: 'mail', command: 'node mail.ts --to x' });
    expect(mail.schedule).toEqual({ kind: 'after', source, job: 'nightly-report', when });
    expect(describeSchedule(mail.schedule)).toBe(`After nightly-report ${when}`);
    expect(nextSlotsOf(mail, Date.now(), 3)).toEqual([]);
  });

  test('may stand above the one that it follows, and follow one that has no @name', () => {
    expect(parse('@after report mail', '@daily node app/report.ts').problems).toEqual([]);
  });

  test.each([
    [['@after nightly-reprot mail'], 3, /no job nightly-reprot/, /Did you mean nightly-report/],
    [['@after Nightly_Report! mail'], 3, /cannot be a name/, /nightly_report/],
    [['@after system.backup mail'], 3, /cannot be a name/, /./],
    [['# @name a', '@after a mail'], 4, /a follows itself/, /schedule, or @manual/],
    [['@after nightly-report'], 3, /ends before its command/, /./],
    [['@after'], 3, /ends before its command/, /./],
    [['# @after nightly-report', '@manual mail'], 3, /@after is no setting/, /line of the job/],
    [['# @param month', '@after nightly-report mail'], 3, /month/, /@param month=/],
  ])('%j is refused', (lines, line, message, hint) => {
    const { problems } = parse(...ROOT, ...lines);
    expect(problems).toMatchObject([
      { line, message: expect.stringMatching(message), hint: expect.stringMatching(hint) },
    ]);
  });

  test('a job that is commented out is no setting', () => {
    expect(parse(...ROOT, '# @after nightly-report mail', '@manual x').problems).toEqual([]);
  });

  test('following a disabled job is doubted, unless it is disabled itself', () => {
    const root = ['# @name a', '# @disabled', '@daily a'];
    expect(parse(...root, '@after a mail').warnings).toMatchObject([
      { code: 'GITCRON_W_AFTER_DISABLED', line: 4 },
    ]);
    expect(parse(...root, '# @disabled', '@after a mail').warnings).toEqual([]);
  });

  test('a ring is told once, in the order of its runs', () => {
    const { problems } = parse(
      ...['# @name tail', '@after b x', '# @name a', '@after c x'],
      ...['# @name b', '@after-failed a x', '# @name c', '@after-ended b x'],
    );
    expect(problems).toMatchObject([
      {
        code: 'GITCRON_E_CRONTAB_AFTER',
        line: 4,
        message: expect.stringContaining('a → b → c → a'),
      },
    ]);
  });
});

describe('rings', () => {
  const graph = fc.integer({ min: 1, max: 12 }).chain((size) =>
    fc.array(fc.option(fc.integer({ min: 0, max: size - 1 })), {
      minLength: size,
      maxLength: size,
    }),
  );

  test('every one is found, and nothing else is refused', () => {
    fc.assert(
      fc.property(graph, (followed) => {
        const { problems, jobs } = parse(
          ...followed.flatMap((of, index) => [
            `# @name j${index}`,
            of === null ? '@daily x' : `@after j${of} x`,
          ]),
        );
        expect(jobs).toHaveLength(followed.length);
        // By walking as far as there are jobs: who comes back to itself is in a ring.
        const inRing = followed.flatMap((_, start) => {
          let at: number | null = start;
          const way: number[] = [];
          for (let step = 0; step < followed.length && at !== null; step += 1) {
            at = followed[at] ?? null;
            if (at !== null) way.push(at);
            if (at === start) return [Math.min(...way)];
          }
          return [];
        });
        const lines = [...new Set(inRing)].map((first) => first * 2 + 2);
        expect(problems.map(({ line }) => line)).toEqual(lines.toSorted((a, b) => a - b));
      }),
    );
  });

  test('20,000 jobs in one chain, in one ring, or with names that are not there', () => {
    const chain = (first: string) =>
      parse(
        ...Array.from({ length: 20_000 }, (_, index) => [
          `# @name j${index}`,
          index === 0 ? first : `@after j${index - 1} x`,
        ]).flat(),
      );
    expect(chain('@daily x').problems).toEqual([]);
    expect(chain('@after j19999 x').problems).toHaveLength(1);
    const wrong = Array.from(
      { length: 20_000 },
      (_, index) => `# @name n${index}\n@after q${index} x`,
    );
    expect(parse(...wrong).problems).toHaveLength(100);
  });
});
