import type { Chance } from './random.ts';

/** What a run of a job does when all is well. */
export interface Work {
  readonly takesMs: number;
  readonly says: readonly string[];
  readonly result: string | null;
}

/** What goes wrong with one attempt. */
export type Trouble =
  | {
      readonly kind: 'exits';
      readonly code: number;
      readonly afterMs: number;
      readonly says: readonly string[];
    }
  | { readonly kind: 'is killed'; readonly afterMs: number }
  /** It takes so long; longer than the job's time limit, it is ended. */
  | { readonly kind: 'is slow'; readonly takesMs: number };

const MINUTE = 60_000;

type Inventor = (chance: Chance) => Work;

const rows =
  (what: string, least: number, most: number, takes: readonly [number, number]): Inventor =>
  (chance) => {
    const count = chance.between(least, most).toLocaleString('en');
    return {
      takesMs: chance.between(...takes),
      says: [`Asking for ${what}`, `${count} rows, ${chance.between(0, 3)} of them changed`],
      result: `${count} rows`,
    };
  };

const report: Inventor = (chance) => {
  const orders = chance.between(180, 420);
  const turnover = `€ ${(orders * chance.between(38, 61)).toLocaleString('en')}`;
  return {
    takesMs: chance.between(40_000, 95_000),
    says: [`Reading ${orders} orders`, 'Grouping by product and country', `Turnover ${turnover}`],
    result: `${orders} orders, ${turnover}`,
  };
};

const WORK: Readonly<Record<string, Inventor>> = {
  'daily-sales': report,
  'month-end': report,
  'vat-report': report,
  invoices: (chance) => {
    const count = chance.between(60, 140);
    const says = [`${count} orders have left the house`, `Sent ${count} invoices`];
    return { takesMs: count * chance.between(300, 420), says, result: `${count} invoices` };
  },
  orders: rows('orders', 3, 60, [1200, 9000]),
  'stock-levels': rows('stock', 900, 1100, [4000, 11_000]),
  'supplier-catalogues': rows('catalogues', 79_000, 82_000, [11 * MINUTE, 16 * MINUTE]),
  'bank-statements': (chance) => {
    const count = chance.between(2, 40);
    const sum = (chance.between(-500_000, 900_000) / 100).toFixed(2);
    return {
      takesMs: chance.between(1500, 4000),
      says: [`${count} bookings, € ${sum}`],
      result: `${count} bookings`,
    };
  },
  'exchange-rates': (chance) => {
    const rate = `EUR/USD ${(1 + chance.between(600, 990) / 10_000).toFixed(4)}`;
    return { takesMs: chance.between(300, 1400), says: [rate], result: rate };
  },
  backup: (chance) => {
    const size = `${(41 + chance.between(0, 30) / 10).toFixed(1)} GB`;
    const says = ['Dumping shop, books, mail', `Wrote ${size}`];
    return { takesMs: chance.between(17 * MINUTE, 22 * MINUTE), says, result: size };
  },
  'backup-check': (chance) => ({
    takesMs: chance.between(31 * MINUTE, 38 * MINUTE),
    says: [
      'Restoring into a database of its own',
      `${chance.between(180, 190)} tables, all counts are equal`,
    ],
    result: 'All counts are equal',
  }),
  'call-for-help': (chance) => ({
    takesMs: chance.between(400, 900),
    says: ['The backup failed', 'Sent to 1 person on duty'],
    result: null,
  }),
  'clean-uploads': (chance) => {
    const count = chance.between(10, 300);
    const says = [`Deleted ${count} pictures`];
    return { takesMs: chance.between(8000, 30_000), says, result: `${count} pictures` };
  },
  certificates: (chance) => ({
    takesMs: chance.between(600, 2000),
    says: ['shop.example.com: 61 days left', 'mail.example.com: 40 days left'],
    result: null,
  }),
};

export function inventWork(job: string, chance: Chance): Work {
  return (
    WORK[job]?.(chance) ?? { takesMs: chance.between(500, 2000), says: ['Done'], result: null }
  );
}

const DATABASE_AWAY = [
  'Error: connect ECONNREFUSED 10.0.4.12:5432',
  '    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16)',
  '    at async openShop (file:///app/project/current/app/scripts/import.js:9:18) {',
  "  errno: -111, code: 'ECONNREFUSED', syscall: 'connect', address: '10.0.4.12', port: 5432",
  '}',
];

/** What went wrong with a job so many days ago; null: nothing. */
export function inventTrouble(
  job: string,
  daysAgo: number,
  attempt: number,
  chance: Chance,
): Trouble | null {
  const exits = (code: number, ...says: string[]): Trouble => ({
    kind: 'exits',
    code,
    afterMs: chance.between(400, 2500),
    says,
  });
  const within = (from: number, to: number): boolean => daysAgo <= from && daysAgo > to;
  const dice = chance.next();
  switch (job) {
    case 'orders':
      if (within(21.12, 21.05)) return exits(1, ...DATABASE_AWAY);
      if (dice < 0.002) return { kind: 'is slow', takesMs: chance.between(12, 26) * MINUTE };
      return null;
    case 'stock-levels':
      return within(21.12, 21) ? exits(1, ...DATABASE_AWAY) : null;
    case 'exchange-rates':
      if (within(15.9, 15.2) && dice < 0.6)
        return exits(3, 'curl: (22) The requested URL returned error: 503', 'No rates today.');
      return dice < 0.004 ? { kind: 'is slow', takesMs: 2 * MINUTE } : null;
    case 'bank-statements':
      if (within(7.4, 6.3))
        return exits(
          1,
          'file:///app/project/current/app/scripts/statements.js:11',
          '  throw new Error(`The sum of the statement is ${sum}: nothing was booked.`);',
          'Error: The sum of the statement is NaN: nothing was booked.',
          '    at file:///app/project/current/app/scripts/statements.js:11:9',
        );
      return dice < 0.05 && attempt === 1
        ? exits(1, 'Error: connect ETIMEDOUT 198.51.100.7:443')
        : null;
    case 'supplier-catalogues':
      if (within(10, 9) || within(0, -1)) return { kind: 'is slow', takesMs: 45 * MINUTE };
      return within(14, 13) ? { kind: 'is killed', afterMs: 7 * MINUTE } : null;
    case 'backup':
      return within(17.2, 16.5)
        ? exits(
            1,
            'pg_dump: error: could not write to output file: No space left on device',
            'The backup was not made.',
          )
        : null;
    case 'clean-uploads':
      return dice < 0.06
        ? exits(1, "Error: EACCES: permission denied, unlink '/srv/uploads/2026/a81f.jpg'")
        : null;
    default:
      return null;
  }
}
