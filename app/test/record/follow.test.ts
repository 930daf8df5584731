import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunDescription } from '../../src/events.ts';
import { followOutput } from '../../src/record/output/follow.ts';
import { describeRun, finishedEvent } from './events.ts';
import { startRecorder, type RecorderFixture } from './recorder-fixture.ts';
import { startTestServer, type TestServer } from './test-database.ts';

let server: TestServer;
let fixture: RecorderFixture;

beforeAll(async () => {
  server = await startTestServer();
  fixture = await startRecorder(await server.createDatabase());
});
afterAll(async () => {
  await fixture[Symbol.asyncDispose]();
  await server.stop();
});

function begin(): RunDescription {
  const run = describeRun();
  fixture.recorder.record({ type: 'run_queued', at: Date.now(), run });
  return run;
}

function write(
  { runId }: RunDescription,
  text: string,
  stream: 'stdout' | 'stderr' = 'stdout',
): void {
  const bytes = Buffer.from(text);
  fixture.recorder.record({ type: 'output', at: Date.now(), runId, attempt: 1, stream, bytes });
}

function finish(run: RunDescription): void {
  fixture.recorder.record(finishedEvent(run));
}

function follow(run: RunDescription, after = 0, signal = new AbortController().signal) {
  const { recorder, history } = fixture;
  return followOutput({ ...recorder, history }, run.runId, after, signal);
}

async function textOf(chunks: AsyncIterable<{ bytes: Buffer }>): Promise<string> {
  const parts: Buffer[] = [];
  for await (const { bytes } of chunks) parts.push(bytes);
  return Buffer.concat(parts).toString();
}

describe('following the output of a run', () => {
  it('gives what was, what comes, and ends with the run', async () => {
    const run = begin();
    write(run, 'before\n');
    const followed = follow(run);
    // Pieces of another stream close the ones before them.
    write(run, 'error\n', 'stderr');
    expect(String((await followed.next()).value?.bytes)).toBe('before\n');
    write(run, 'after\n');
    finish(run);
    expect(await textOf(followed)).toBe('error\nafter\n');
  });

  it('reads from the database what is not in memory any more', async () => {
    const run = begin();
    const lines = Array.from({ length: 2000 }, (_, index) => `${index} ${'x'.repeat(50)}\n`);
    for (const [index, line] of lines.entries()) write(run, line, index % 2 ? 'stderr' : 'stdout');
    const whole = textOf(follow(run));
    finish(run);
    expect(await whole).toBe(lines.join(''));
    expect(await textOf(follow(run))).toBe(lines.join(''));
  });

  it('goes on after the piece that a follower has seen', async () => {
    const run = begin();
    write(run, 'one');
    write(run, 'two', 'stderr');
    write(run, 'three');
    finish(run);
    expect(await textOf(follow(run, 1))).toBe('twothree');
    expect(await textOf(follow(run, 3))).toBe('');
  });

  it('begins with what is in memory while the database is away', async () => {
    await using away = await startRecorder('postgres://gitcron:password@127.0.0.1:1/gitcron');
    const { recorder, history } = away;
    const run = describeRun();
    const { runId } = run;
    const at = Date.now();
    recorder.record({ type: 'run_queued', at, run });
    // More than is kept in memory for followers.
    for (let index = 0; index < 10; index += 1) {
      const bytes = Buffer.alloc(64 * 1024, `${index}`);
      recorder.record({ type: 'output', at, runId, attempt: 1, stream: 'stdout', bytes });
    }
    const whole = textOf(
      followOutput({ ...recorder, history }, runId, 0, new AbortController().signal),
    );
    recorder.record(finishedEvent(run, { at }));
    const text = await whole;
    expect(text.length).toBeGreaterThanOrEqual(3 * 64 * 1024);
    expect(text.endsWith('9'.repeat(64 * 1024))).toBe(true);
  });

  it('ends when the follower goes', async () => {
    const run = begin();
    const leaving = new AbortController();
    const followed = textOf(follow(run, 0, leaving.signal));
    leaving.abort();
    expect(await followed).toBe('');
    finish(run);
  });
});
