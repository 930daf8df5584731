import { expect, it } from 'vitest';
import { firstLine, tellingLine } from '../../src/report/telling-line.ts';

it.each([
  ['connection refused', 'connection refused'],
  [
    'Starting\nConnecting\ncurl: (7) Failed to connect to db port 5432\n',
    'curl: (7) Failed to connect to db port 5432',
  ],
  [
    `Traceback (most recent call last):
  File "/app/report.py", line 3, in <module>
    connect()
psycopg2.OperationalError: connection refused
	Is the server running?`,
    'psycopg2.OperationalError: connection refused',
  ],
  [
    `node:internal/modules/run_main:129
    triggerUncaughtException(
    ^

Error: connect ECONNREFUSED 127.0.0.1:5432
    at TCPConnectWrap.afterConnect [as oncomplete] (node:net:1637:16) {
  errno: -111,
  code: 'ECONNREFUSED',
}

Node.js v24.0.0`,
    'Error: connect ECONNREFUSED 127.0.0.1:5432',
  ],
  [
    'ERROR:  relation "x" does not exist\nLINE 1: SELECT * FROM x\n                      ^',
    'ERROR:  relation "x" does not exist',
  ],
  ['sh: 1: foo: not found', 'sh: 1: foo: not found'],
  ['10 %\r50 %\r100 %\rno room left\r', 'no room left'],
  ['panic: boom\n\ngoroutine 1 [running]:\nmain.main()', 'panic: boom'],
  ['0 errors, 2 warnings\ngave up', 'gave up'],
  ['---', ''],
])('of %j says most', (error, line) => {
  expect(tellingLine(error)).toBe(line);
});

it('cuts what is too long for a list', () => {
  expect(tellingLine('é'.repeat(1000))).toBe(`${'é'.repeat(299)}…`);
});

it('of a result shows the first line that is not blank', () => {
  expect(firstLine('\n  \n42 rows\nand more')).toBe('42 rows');
  expect(firstLine(' \n')).toBeNull();
});
