import { result, some, work } from './say.js';

const rate = (1 + some(60, 99) / 1000).toFixed(4);
await work(`EUR/USD ${rate}`);
result(`EUR/USD ${rate}`);
