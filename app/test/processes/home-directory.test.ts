import { userInfo } from 'node:os';
import { expect, test } from 'vitest';
import { homeVariables } from '../../src/processes/home-directory.ts';

test('a user of this machine has the home directory that the system knows', () => {
  const { uid, gid, username, homedir } = userInfo();
  expect(homeVariables({ uid, gid })).toEqual({ HOME: homedir, USER: username, LOGNAME: username });
});

test('a number without a name has no home', () => {
  expect(homeVariables({ uid: 987_654_321, gid: 1 })).toEqual({});
});
