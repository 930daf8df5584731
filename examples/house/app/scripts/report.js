import { result, some, work } from './say.js';

const [, , name] = process.argv;
const { quarter = 'this quarter', format = 'pdf' } = JSON.parse(process.env.GITCRON_PARAMS ?? '{}');
const orders = some(180, 420);
const turnover = `€ ${(orders * some(38, 61)).toLocaleString('en')}`;
await work(`Reading ${orders} orders`, 'Grouping by product and country');
if (name === 'vat') await work(`VAT of ${quarter} as ${format}`);
await work(`Turnover ${turnover}`);
result(`${orders} orders, ${turnover}`);
