const release = process.env.GITCRON_RELEASE?.slice(0, 8) ?? 'no release';
const due = process.env.GITCRON_SCHEDULED_AT;

console.log(`Hello from commit ${release}.`);
if (due) console.log(`I was due at ${due} and I am up after ${Date.now() - Date.parse(due)} ms.`);
