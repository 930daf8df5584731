import { result, some, work } from './say.js';

const size = `${(41 + some(0, 30) / 10).toFixed(1)} GB`;
if (process.argv.includes('--check')) {
  await work('Restoring into a database of its own', `${some(180, 190)} tables, all counts are equal`);
  result('All counts are equal');
} else {
  await work('Dumping shop, books, mail', `Wrote ${size}`);
  result(size);
}
