import { work } from './say.js';

await work('shop.example.com: 61 days left', 'mail.example.com: 40 days left');
