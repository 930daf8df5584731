const release = process.env.GITCRON_RELEASE?.slice(0, 7) ?? 'no release';
console.log(`Hello from ${process.env.GITCRON_JOB ?? 'the command line'}, release ${release}.`);
