import { expect, it } from 'vitest';
import { isSameRepository } from '../src/same-repository.ts';

it.each([
  ['https://git.example.com/team/x.git', 'git@git.example.com:team/x.git'],
  ['https://git.example.com/team/x.git', 'https://Git.Example.com/team/x/'],
  ['ssh://git@git.example.com:22/team/x', 'git.example.com:/team/x'],
  ['http://127.0.0.1:3000/x.git', 'http://127.0.0.1:3000/x'],
  ['file:///srv/x.git', '/srv/x.git'],
])('%s is %s', (one, another) => {
  expect(isSameRepository(one, another)).toBe(true);
});

it.each([
  ['/srv/demo.git', 'https://git.example.com/team/x.git'],
  ['https://git.example.com/team/x.git', 'https://git.example.com/team/y.git'],
  ['https://git.example.com/team/x.git', 'https://git.example.org/team/x.git'],
  ['https://git.example.com/team/x', 'https://git.example.com/Team/x'],
  ['http://127.0.0.1:3000/x.git', 'http://127.0.0.1:3001/x.git'],
  ['/srv/a', '/srv/b'],
])('%s is not %s', (one, another) => {
  expect(isSameRepository(one, another)).toBe(false);
});
