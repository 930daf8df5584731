import { work } from './say.js';

const { GITCRON_AFTER_RUN_ID, GITCRON_AFTER_STATUS } = process.env;
await work(`The backup ${GITCRON_AFTER_STATUS}: ${GITCRON_AFTER_RUN_ID}`, 'Sent to 1 person on duty');
