import { once } from 'node:events';
import { rm, symlink, writeFile } from 'node:fs/promises';
import { createServer as createSecureServer } from 'node:https';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import { temporaryDirectory } from '../../../../base/test/temporary-directory.ts';
import { makeTlsIdentity } from '../../../../git-sync/test/support/tls-identity.ts';
import { runView } from '../../../src/api/run.ts';
import { query, type TestServer } from '../../record/test-database.ts';
import { portOf } from '../../release/support/port-of.ts';
import { openScene } from '../git-scene.ts';
import { post } from '../house.ts';
import { Failures, type Scored } from './score.ts';

const NOTHING =
  'Nothing of yours changed since its last success (#RUN): same commit, same packages, same line, same parameters. Look outside.';

/** Failures of which nothing in the repository is the cause. */
export async function outside(server: TestServer): Promise<Scored[]> {
  const world = await temporaryDirectory();
  const at = (name: string) => join(world, name);
  const isUp = at('up');
  const unless = (otherwise: string) => `test -e ${isUp} || ${otherwise}\n`;
  const failing = (message: string) => unless(`{ echo "Error: ${message}" >&2; exit 3; }`);
  const read = (name: string) => `readFileSync('${at(name)}', 'utf8').trim()`;
  const { house } = await openScene(server, {
    'app/crontab.txt': `
# @name orders
@manual node app/orders.mjs
# @name rates
@manual node app/rates.mjs
# @name archive
@manual cp app/crontab.txt ${at('disk')}
# @name report
@manual node app/report.mjs
# @name invoices
@manual node app/invoices.mjs
# @name grow
@manual sh app/grow.sh
# @name killed
@manual sh app/killed.sh
# @name slow
# @timeout 1s
@manual sh app/slow.sh
# @name flaky
@manual sh app/flaky.sh
# @name never
@manual sh app/never.sh
# @name long
@manual exec sleep 60
# @name month
@manual sh app/month.sh
# @name stubborn
# @retries 1
# @retry-delay 1s
@manual sh app/stubborn.sh
# @name extract
@manual true
# @name load
@after extract sh app/load.sh
# @name tool
@manual ${at('tool')}
`,
    'app/orders.mjs': `import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
const socket = connect(Number(${read('port')}), '127.0.0.1', () => socket.destroy());
`,
    'app/rates.mjs': `import { readFileSync } from 'node:fs';
import { lookup } from 'node:dns/promises';
await lookup(${read('host')});
`,
    'app/report.mjs': `import { readFileSync } from 'node:fs';
import pg from '${import.meta.resolve('pg')}';
const client = new pg.Client(${read('database')});
await client.connect();
await client.end();
`,
    'app/invoices.mjs': `import { readFileSync } from 'node:fs';
import { get } from 'node:https';
const url = 'https://127.0.0.1:' + ${read('secure-port')};
get(url, { agent: false, ca: readFileSync('${at('authority')}') }, (response) => response.resume());
`,
    'app/grow.sh': `ulimit -v 60000
awk -v n="$(cat ${at('rows')})" 'BEGIN { s = "x"; for (i = 0; i < n; i++) s = s s; print length(s) }'
`,
    'app/killed.sh': unless('kill -9 $$'),
    'app/slow.sh': unless('exec sleep 60'),
    'app/flaky.sh': `n=$(cat ${at('count')}); echo $((n + 1)) > ${at('count')}
test $((n % 3)) -ne 2 || { echo "Error: order $$ of $(date) was not answered in $n.25 s" >&2; exit 1; }
`,
    'app/never.sh': 'exit 4\n',
    'app/month.sh': `case "$GITCRON_PARAMS" in *13*) echo "Error: no such month" >&2; exit 1;; esac\n`,
    'app/stubborn.sh': failing('still busy'),
    'app/load.sh': failing('nothing to load'),
  });
  const cases = new Failures(house);

  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const role = `why_${process.pid}_${Date.now()}`;
  await query(server.url, `CREATE ROLE ${role} LOGIN PASSWORD 'of today'`);
  onTestFinished(async () => void (await query(server.url, `DROP ROLE ${role}`)));
  const login = Object.assign(new URL(server.url), { username: role, password: 'of today' });
  const identity = await makeTlsIdentity(at('tls'), { address: '127.0.0.1' });
  const secure = createSecureServer(identity, (_, response) => response.end()).listen(
    0,
    '127.0.0.1',
  );
  await once(secure, 'listening');
  onTestFinished(() => void secure.close());
  await Promise.all([
    writeFile(isUp, ''),
    writeFile(at('port'), `${portOf(listener)}`),
    writeFile(at('host'), 'localhost'),
    writeFile(at('rows'), '4'),
    writeFile(at('count'), '0'),
    writeFile(at('database'), login.href),
    writeFile(at('secure-port'), `${portOf(secure)}`),
    symlink(identity.authorityFile, at('authority')),
    writeFile(at('disk'), ''),
    writeFile(at('tool'), '#!/bin/sh\n', { mode: 0o755 }),
  ]);
  await cases.succeeds(
    'orders',
    'rates',
    'archive',
    'report',
    'invoices',
    'grow',
    'killed',
    'slow',
  );
  await cases.succeeds('month', 'stubborn', 'tool');
  expect((await cases.follower('load', await cases.run('extract'))).status).toBe('succeeded');

  await rm(isUp);
  await new Promise((resolve) => listener.close(resolve));
  await cases.fails('a connection is refused', 'orders', [
    'nothing',
    `${NOTHING} Its error says that a connection was refused: is what it connects to up?`,
  ]);
  await writeFile(at('host'), 'database.invalid');
  await cases.fails('a name is not found', 'rates', [
    'nothing',
    `${NOTHING} Its error says that the name of a machine was not found (DNS).`,
  ]);
  await rm(at('disk'));
  await symlink('/dev/full', at('disk'));
  await cases.fails('the disk is full', 'archive', [
    'nothing',
    `${NOTHING} Its error says that a disk is full.`,
  ]);
  await query(server.url, `ALTER ROLE ${role} PASSWORD 'of tomorrow'`);
  await cases.fails('the password of the database is another', 'report', [
    'nothing',
    `${NOTHING} Its error says that a password, key or token was not accepted.`,
  ]);
  const expired = await makeTlsIdentity(at('tls'), { address: '127.0.0.1', days: -1 });
  secure.setSecureContext(expired);
  await cases.fails('a certificate has expired', 'invoices', [
    'nothing',
    `${NOTHING} Its error says that a certificate is not accepted; does it have to be renewed?`,
  ]);
  await writeFile(at('rows'), '40');
  await cases.fails('more data than memory', 'grow', [
    'nothing',
    `${NOTHING} Its error says that there was not enough memory.`,
  ]);
  await cases.fails('killed by the kernel', 'killed', [
    'nothing',
    `${NOTHING} It was killed, as the kernel does when memory is short: look at the memory of the machine.`,
  ]);
  await cases.fails('it waits for what does not come', 'slow', [
    'nothing',
    `${NOTHING} It was ended at its limit, after TIME; its last success took TIME.`,
  ]);
  await cases.run('slow');
  await cases.fails('the third time in a row', 'slow', [
    'nothing',
    `${NOTHING} It was ended at its limit, after TIME; its last success took TIME. It failed 3 times in a row, each time with this error.`,
  ]);
  await rm(at('tool'));
  await cases.fails('a program is not there any more', 'tool', ['nothing', NOTHING]);
  await cases.fails(
    'a parameter given by hand',
    'month',
    ['own', 'Changed since its last success (#RUN): its parameter month: none → 13.'],
    { month: 13 },
  );
  const stubborn = await cases.run('stubborn');
  expect(stubborn.attempts).toHaveLength(2);
  await cases.explains('after a second attempt', stubborn, ['nothing', NOTHING]);
  const loaded = await cases.follower('load', await cases.run('extract'));
  await cases.explains('one that follows another', loaded, ['nothing', NOTHING]);
  for (let time = 0; time < 8; time += 1) await cases.run('flaky');
  await cases.fails('one that fails every third time', 'flaky', [
    'nothing',
    `${NOTHING} The same error came twice before, and the job succeeded again after that.`,
  ]);
  await cases.fails('one that never succeeded', 'never', [
    'never_succeeded',
    'No run of never before it succeeded, as far as is remembered: there is nothing to compare it with.',
  ]);

  const started = runView.parse(await (await house.control('/scripts/long', post({}))).json());
  await house.control(`/api/v1/runs/${started.id}/cancel`, post());
  await cases.ended(started);
  const refused = await house.control(`/api/v1/runs/${started.id}/why`);
  expect([refused.status, await refused.json()]).toMatchObject([
    409,
    { code: 'GITCRON_E_RUN_NOT_FAILED', detail: 'This run has not failed; it is canceled.' },
  ]);
  return cases.scored;
}
