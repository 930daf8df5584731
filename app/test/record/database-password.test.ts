import { describe, expect, it } from 'vitest';
import { startRecorder } from './recorder-fixture.ts';
import { withClient } from '../../src/record/database/with-client.ts';
import { describeRun, lifeOf } from './events.ts';
import { ASKS, LETS_IN, startImpostor } from './impostor.ts';

const PASSWORD = 'never-to-be-heard';

describe('whoever answers in the place of the database', () => {
  it.each(Object.entries(ASKS))('and wants the password %s does not get it', async (_how, says) => {
    await using impostor = await startImpostor(says);
    const url = `postgres://gitcron:${PASSWORD}@127.0.0.1:${impostor.port}/gitcron`;
    await expect(withClient(url, async () => {})).rejects.toMatchObject({
      code: 'GITCRON_E_DATABASE_PASSWORD',
      place: `127.0.0.1:${impostor.port}`,
    });
    await using fixture = await startRecorder(url);
    for (const event of lifeOf(describeRun())) fixture.recorder.record(event);
    await expect
      .poll(() => fixture.recorder.status().databaseDown?.reason, { timeout: 20_000 })
      .toContain('wants the password');
    await expect(fixture.history.runs({}, 1)).rejects.toMatchObject({
      code: 'GITCRON_E_DATABASE_PASSWORD',
    });
    expect(impostor.clients()).toBeGreaterThanOrEqual(3);
    expect(impostor.heard()).toContain('gitcron set-up');
    expect(impostor.heard()).not.toContain(PASSWORD);
    expect(impostor.heard()).not.toContain('md5');
  });

  it.each([
    ['in the middle of SCRAM', ''],
    ['at once', '?require_auth=scram-sha-256'],
  ] as const)('and lets us in %s hears nothing', async (how, parameters) => {
    await using impostor = await startImpostor(LETS_IN[how]);
    const url = `postgres://gitcron:${PASSWORD}@127.0.0.1:${impostor.port}/gitcron${parameters}`;
    const query = withClient(url, (client) => client.query('SELECT 1'));
    await expect(query).rejects.toMatchObject({
      code: 'GITCRON_E_DATABASE_PASSWORD',
      message: expect.stringContaining('without a proof'),
    });
    expect(impostor.heard()).not.toContain('SELECT');
  });

  it.each([
    ['in clear text', 'password', PASSWORD],
    ['as an MD5 hash', 'scram-sha-256,md5', 'md5'],
  ] as const)('gets it %s where the URL says so', async (how, method, secret) => {
    await using impostor = await startImpostor(ASKS[how]);
    const url = `postgres://gitcron:${PASSWORD}@127.0.0.1:${impostor.port}/gitcron?require_auth=${method}`;
    const connecting = withClient(url, async () => {});
    connecting.catch(() => {});
    await expect.poll(() => impostor.heard(), { timeout: 10_000 }).toContain(secret);
    await impostor[Symbol.asyncDispose]();
    await expect(connecting).rejects.toThrow('terminated');
  });
});
