/** The commits of the demo's repository, the oldest first, told by what stood there before each. */
export interface InventedCommit {
  /** Before the midnight of the day on which the history is made. */
  readonly daysAgo: number;
  readonly subject: string;
  readonly author: string;
  /** What it put into a file, and what stood in its place before. */
  readonly changes: readonly (readonly [file: string, after: string, before: string])[];
}

const CRONTAB = 'app/crontab.txt';
const STATEMENTS = 'app/scripts/statements.js';

const NEW_PARSER =
  'sha512-CEE+jwpgLn+MmtCpVcPtiCZpVtB6Z2OKPTr34pycYYoL7sxdOkXDdQ4lRiw6ioC0q6BLqhc6cKweCVvral8yhw==';
const OLD_PARSER =
  'sha512-l3nz3euub2QMg5ouu5U09Ew9Wf6/wQ8I++ch1loQ0ljmzhmfZYrH9fflS22i/PQEvsPvxCwxgz5q7UB8K1JO4Q==';

const BACKUP_CHECK = `# Restores a backup somewhere else as soon as it is made, and counts the rows.
# @name backup-check
# @title Restore the backup
# @timeout 2h
@after backup  node app/scripts/backup.js --check

`;

const monthEnd = (schedule: string): string => `# Sums up the month before.
# @name month-end
# @title Month-end figures
# @timeout 1h
# @lock books
${schedule}  node app/scripts/report.js month-end

`;

export const COMMITS: readonly InventedCommit[] = [
  {
    daysAgo: 30,
    subject: 'Take over the crontab of the old server',
    author: 'Ann Lee',
    changes: [],
  },
  {
    daysAgo: 24.4,
    subject: 'Fetch orders every ten minutes',
    author: 'Ben Okafor',
    changes: [[CRONTAB, '*/10 * * * *', '*/30 * * * *']],
  },
  {
    daysAgo: 19.4,
    subject: 'Read statements by csv-parse, not by hand',
    author: 'Ann Lee',
    changes: [
      ['package.json', ',\n  "dependencies": {\n    "csv-parse": "5.6.0"\n  }\n', '\n'],
      [
        'package-lock.json',
        ',\n      "dependencies": {\n        "csv-parse": "5.6.0"\n      }\n    },\n    "node_modules/csv-parse": {\n      "version": "5.6.0",\n' +
          `      "integrity": "${OLD_PARSER}",\n      "license": "MIT"\n    }\n`,
        '\n    }\n',
      ],
      [STATEMENTS, `import { parse } from 'csv-parse/sync';\n`, ''],
      [
        STATEMENTS,
        `parse(statement, { columns: true, delimiter: ';' })`,
        `statement.trim().split('\\n').slice(1).map((line) => ({ amount: line.split(';')[1] }))`,
      ],
    ],
  },
  {
    daysAgo: 12.45,
    subject: 'Sum up the month on its first day',
    author: 'Ben Okafor',
    changes: [[CRONTAB, monthEnd('0 25 1 * *'), '']],
  },
  {
    daysAgo: 12.42,
    subject: 'A day has no hour 25',
    author: 'Ben Okafor',
    changes: [[CRONTAB, monthEnd('0 5 1 * *'), monthEnd('0 25 1 * *')]],
  },
  {
    daysAgo: 7.4,
    subject: 'Update csv-parse to 6.1.0',
    author: 'Ann Lee',
    changes: [
      ['package.json', '6.1.0', '5.6.0'],
      ['package-lock.json', '"csv-parse": "6.1.0"', '"csv-parse": "5.6.0"'],
      ['package-lock.json', '"version": "6.1.0"', '"version": "5.6.0"'],
      ['package-lock.json', NEW_PARSER, OLD_PARSER],
      [STATEMENTS, `Number(text)`, `Number(text.replace('.', '').replace(',', '.'))`],
    ],
  },
  {
    daysAgo: 6.3,
    subject: 'Take amounts with a comma for numbers again',
    author: 'Ann Lee',
    changes: [[STATEMENTS, `Number(text.replace('.', '').replace(',', '.'))`, `Number(text)`]],
  },
  {
    daysAgo: 2.4,
    subject: 'Restore each backup, to see that it can be',
    author: 'Ben Okafor',
    changes: [[CRONTAB, BACKUP_CHECK, '']],
  },
];

/** The files as each commit left them, in the order of the commits. */
export function treesOf(
  newest: ReadonlyMap<string, string>,
): readonly ReadonlyMap<string, string>[] {
  const trees: ReadonlyMap<string, string>[] = [];
  let tree = newest;
  for (const { changes } of COMMITS.toReversed()) {
    trees.unshift(tree);
    const before = new Map(tree);
    for (const [file, there, earlier] of changes) {
      const parts = (before.get(file) ?? '').split(there);
      if (parts.length !== 2) throw new Error(`${file} has not once: ${there}`);
      before.set(file, parts.join(earlier));
    }
    tree = before;
  }
  return trees;
}
