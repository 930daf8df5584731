import { result, some, work } from './say.js';

const count = some(10, 300);
await work(`Deleted ${count} pictures`);
result(`${count} pictures`);
