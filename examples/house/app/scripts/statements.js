import { parse } from 'csv-parse/sync';
import { result, some, work } from './say.js';

// The bank writes amounts with a comma.
const amountOf = (text) => Number(text.replace('.', '').replace(',', '.'));

const statement = `date;amount\n2026-01-02;1.204,50\n2026-01-02;-${some(10, 90)},00\n`;
const rows = parse(statement, { columns: true, delimiter: ';' });
const sum = rows.reduce((total, { amount }) => total + amountOf(amount), 0);
await work(`${rows.length} bookings, € ${sum.toFixed(2)}`);
result(`${rows.length} bookings`);
