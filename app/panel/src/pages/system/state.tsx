import type { StatusView } from '../../../../src/api/status.ts';
import { bytes } from '../../output/bytes.ts';
import { Fact } from '../../shell/facts.tsx';
import { Ago } from '../../time/time.tsx';
import { Part } from './part.tsx';
import style from './system.module.css';

/** Sync, schedule, history. */
export function State({ status }: { readonly status: StatusView }) {
  return (
    <>
      <Sync sync={status.sync} />
      <Part name="Schedule">
        <Fact name="Keeps time">
          {status.schedule.beating ? 'yes' : 'no: slots are being missed'}
          {status.schedule.lastBeatAt === null ? null : (
            <span className="soft">
              {' '}
              (last beat <Ago at={status.schedule.lastBeatAt} />)
            </span>
          )}
        </Fact>
        <Fact name="Jobs">
          {status.schedule.jobs}, {status.schedule.disabled} of them disabled
        </Fact>
        <Fact name="Zone">{status.schedule.zone}</Fact>
      </Part>
      <History record={status.record} />
    </>
  );
}

function Sync({ sync }: { readonly sync: StatusView['sync'] }) {
  if (sync === null) {
    return (
      <Part name="Sync">
        <Fact name="Source">something else than our git-sync fills it</Fact>
      </Part>
    );
  }
  return (
    <Part name="Sync">
      <Fact name="State">{SYNC_WORDS[sync.state]}</Fact>
      <Fact name="Repository">
        <code>{sync.repository}</code> {sync.ref}
      </Fact>
      <Fact name="Last look">
        {sync.lastSuccessAt === null ? 'none yet' : <Ago at={sync.lastSuccessAt} />}
      </Fact>
      {sync.error === null ? null : (
        <Fact name="Error">
          {sync.error.message}
          {sync.error.because.map((line) => (
            <code key={line} className={style.because}>
              {line}
            </code>
          ))}
          <span className="soft">{sync.error.hint}</span>
        </Fact>
      )}
    </Part>
  );
}

const SYNC_WORDS: Readonly<Record<NonNullable<StatusView['sync']>['state'], string>> = {
  starting: 'starting',
  ok: 'well',
  failing: 'failing',
};

function History({ record }: { readonly record: StatusView['record'] }) {
  if (record === null) {
    return (
      <Part name="History">
        <Fact name="Database">none is set: no history is kept</Fact>
      </Part>
    );
  }
  const { databaseDown, lastShippedAt, journalBytes, droppedOutputBytes, lostRuns } = record;
  return (
    <Part name="History">
      <Fact name="Database">
        {databaseDown === null ? (
          record.prepared ? (
            'there'
          ) : (
            'being brought up to date'
          )
        ) : (
          <>
            away since <Ago at={databaseDown.since} />: {databaseDown.reason}
          </>
        )}
      </Fact>
      <Fact name="Last write">
        {lastShippedAt === null ? 'none yet' : <Ago at={lastShippedAt} />}
      </Fact>
      <Fact name="Waits on disk">{bytes(journalBytes)}</Fact>
      {droppedOutputBytes === 0 ? null : (
        <Fact name="Output lost">{bytes(droppedOutputBytes)}</Fact>
      )}
      {lostRuns === 0 ? null : <Fact name="Runs lost">{lostRuns}</Fact>}
    </Part>
  );
}
