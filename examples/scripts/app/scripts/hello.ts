const release = process.env.GITCRON_RELEASE?.slice(0, 8) ?? 'no release';
console.log(`Hello from ${process.env.GITCRON_JOB ?? 'the command line'}, release ${release}.`);
