import { afterAll, beforeAll, expect, onTestFailed, test } from 'vitest';
import { Checkout, shellLines } from './checkout.ts';

let checkout: Checkout;

beforeAll(async () => {
  checkout = await Checkout.create();
});

afterAll(() => checkout.remove());

const explain = () =>
  onTestFailed(async () => console.error(await checkout.type('docker compose logs --tail 100')));

/** What a line of the page prints, in the order in which they are tried; and what is typed into it. */
interface Expected {
  readonly prints: RegExp;
  readonly input?: string;
  /** Typed in the place of the line, which would not end by itself. */
  readonly instead?: string;
}

const README: Readonly<Record<string, Expected>> = {
  'cp .env.example .env': { prints: /^$/ },
  'docker run --rm --network none -v "$PWD:/here:ro" node:24-trixie-slim node /here/scripts/check-env.js':
    {
      prints:
        /POSTGRES_PASSWORD is not set[^]*the database \(user 999\) may not read it[^]*3 things/,
    },
  'npm run check-env': { prints: /POSTGRES_PASSWORD is not set[^]*3 things to mend/ },
  'docker compose up --build -d': {
    prints: /Set POSTGRES_PASSWORD and SCRIPTS_DB_PASSWORD in \.env/,
  },
  // Nothing runs yet; Compose says so in more than one way.
  'docker compose logs -f app': { prints: /^/, instead: 'docker compose logs app' },
};

const STACK: Readonly<Record<string, Expected>> = {
  'docker compose ps': { prints: /-app-1 [^]*-db-1 .*\(healthy\)[^]*-git-sync-1 / },
  'docker compose logs -f app': {
    prints: /schedule 4 jobs are scheduled/,
    instead: 'docker compose logs app',
  },
  'docker compose exec app gitcron status': {
    prints: /^Gitcron .*\nRelease .*\nSchedule +4 jobs/m,
  },
  'docker compose exec app sh': { prints: /^uid=0\(root\)/, input: 'id\n' },
  'docker compose exec -u jobs app sh': {
    prints: /^uid=1000\(jobs\).*\n0\.1/,
    input: 'id; gitcron --version\n',
  },
  'docker compose exec app cat /var/lib/app-state/package.sha256 /var/lib/app-state/crontab.sha256':
    {
      prints:
        /^[0-9a-f]{64} {2}package\.json\n[0-9a-f]{64} {2}package-lock\.json\n[0-9a-f]{64} {2}app\/crontab\.txt$/,
    },
  [`docker compose exec app sh -c 'cd /app/project/current && cat "$STATE_DIR"/*.sha256 | sha256sum --check'`]:
    { prints: /^app\/crontab\.txt: OK\npackage\.json: OK\npackage-lock\.json: OK$/ },
  'docker compose exec app cat /var/lib/app-state/crontab.runtime.txt': { prints: /@name hello/ },
  'docker compose exec db psql -U scripts scripts': {
    prints: /scripts\|scripts/,
    input: String.raw`\pset format unaligned` + '\nSELECT current_user, current_database();\n',
  },
  'docker compose exec db psql -U postgres gitcron': {
    prints: /hello/,
    input: 'SELECT DISTINCT job FROM gitcron.runs;\n',
  },
  [`docker compose exec db psql -U scripts scripts -c 'SELECT * FROM demo_measurements ORDER BY id DESC LIMIT 3'`]:
    { prints: /load_average/ },
  [`git -c protocol.ext.allow=always clone "ext::docker exec -i $(docker compose ps --format '{{.Name}}' git-sync) %S /srv/demo.git" demo`]:
    { prints: /Cloning into 'demo'/ },
  'cd demo && git config protocol.ext.allow always': { prints: /^$/ },
  'git push': {
    prints: /main -> main/,
    instead: `cd demo && printf '# @name mine\n@manual echo of my own\n' >> app/crontab.txt && git commit --quiet --all --message Mine && git push`,
  },
  'docker compose restart app': { prints: /app-1 +Started/ },
  'docker compose down': { prints: /app-1 +Removed/ },
  'docker compose down --volumes && docker compose up --build -d': {
    prints: /state +Removed[^]*app-1 +Started/,
  },
};

async function tryLine(line: string, { prints, input, instead }: Expected): Promise<void> {
  expect(await checkout.type(instead ?? line, input)).toMatch(prints);
}

test('README’s start: it is said what is missing in .env, and what a strict umask hides', async () => {
  explain();
  const lines = await shellLines('README.md');
  const ofStack = lines.slice(lines.indexOf('cp .env.example .env'));
  expect(ofStack.toSorted()).toEqual(Object.keys(README).toSorted());
  for (const [line, expected] of Object.entries(README)) await tryLine(line, expected);
});

test('with that mended it starts, and every line of docs/stack.md does what it says', async () => {
  explain();
  await checkout.type('chmod -R a+rX postgresql.conf pg_hba.conf initdb');
  await checkout.type(
    'for name in POSTGRES SCRIPTS_DB; do sed -i "s/^${name}_PASSWORD=$/&$(openssl rand -hex 24)/" .env; done',
  );
  await checkout.set({ HTTP_PORT: '0', GIT_SYNC_WEBHOOK_PORT: '0' });
  expect(await checkout.type('npm run --silent check-env')).toMatch(
    /^Names, quotes and files are right/,
  );
  await checkout.type('docker compose up --build -d');
  await checkout.see('docker compose logs app', /hello#\w+ succeeded/);
  expect((await shellLines('docs/stack.md')).toSorted()).toEqual(Object.keys(STACK).toSorted());
  for (const [line, expected] of Object.entries(STACK)) await tryLine(line, expected);
  await checkout.see('docker compose exec app gitcron jobs', /hello/);
  expect(await checkout.type('docker compose exec app gitcron jobs')).not.toContain('mine');
}, 400_000);

test('sha256sum finds a repository without a manifest right, too', async () => {
  explain();
  await checkout.type(
    `rm -rf demo && git -c protocol.ext.allow=always clone --quiet "ext::docker exec -i $(docker compose ps --format '{{.Name}}' git-sync) %S /srv/demo.git" demo && cd demo && git rm --quiet package.json package-lock.json && printf '# @name mine\n@manual true\n' > app/crontab.txt && git commit --quiet --all --message 'No manifest' && git -c protocol.ext.allow=always push`,
  );
  await checkout.see('docker compose exec app gitcron jobs', /mine/);
  const [line = ''] = (await shellLines('docs/stack.md')).filter((one) =>
    one.includes('sha256sum'),
  );
  expect(await checkout.type(line)).toBe('app/crontab.txt: OK');
});

test('the password of our role is changed as .env.example says', async () => {
  explain();
  const password = 'changed0changed0';
  await checkout.type(
    String.raw`docker compose exec db psql -U postgres -c '\password gitcron'`,
    `${password}\n${password}\n`,
  );
  await checkout.type(`sed -i 's/^POSTGRES_PASSWORD=.*/POSTGRES_PASSWORD=${password}/' .env`);
  await checkout.type('docker compose up -d');
  const status = await checkout.see(
    'docker compose exec app gitcron status',
    /written to the database/,
  );
  expect(status).not.toContain('GITCRON_E_');
});
