import { result, some, work } from './say.js';

const count = some(60, 140);
await work(`${count} orders have left the house`, `Sent ${count} invoices`);
result(`${count} invoices`);
