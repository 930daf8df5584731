import { useQuery } from '@tanstack/react-query';
import type { SystemView } from '../../../../src/api/system.ts';
import { bytes } from '../../output/bytes.ts';
import { Fact } from '../../shell/facts.tsx';
import { Loaded } from '../../shell/loaded.tsx';
import { Instant } from '../../time/time.tsx';
import { Part } from './part.tsx';
import { systemQuery } from './queries.ts';

/** Versions, room on the disk, and how much is kept. */
export function House() {
  const system = useQuery(systemQuery);
  return (
    <Loaded query={system} what="versions and room">
      {(loaded) => (
        <>
          <Program system={loaded} />
          <Room system={loaded} />
          <Kept most={loaded.retention} />
        </>
      )}
    </Loaded>
  );
}

function Program({ system }: { readonly system: SystemView }) {
  const { versions } = system;
  return (
    <Part name="Program">
      <Fact name="Gitcron">{versions.gitcron}</Fact>
      <Fact name="git-sync">{versions.gitSync ?? 'not known'}</Fact>
      <Fact name="Node">{versions.node}</Fact>
      <Fact name="Postgres">{versions.database ?? 'not known now'}</Fact>
      <Fact name="Host">{system.host}</Fact>
      <Fact name="Runs since">
        <Instant at={system.startedAt} />
      </Fact>
      <Fact name="Memory">{bytes(system.memoryBytes)}, the supervisor alone</Fact>
    </Part>
  );
}

function Room({ system }: { readonly system: SystemView }) {
  const { freeBytes, totalBytes, releases, dependencies } = system.stateVolume;
  const { history } = system;
  return (
    <Part name="Room">
      <Fact name="Free">
        {freeBytes === null || totalBytes === null
          ? 'not known'
          : `${bytes(freeBytes)} of ${bytes(totalBytes)}, where releases and the journal are`}
      </Fact>
      <Fact name="Releases">{onDisk(releases)}</Fact>
      <Fact name="Dependencies">{onDisk(dependencies)}</Fact>
      <Fact name="History">
        {history === null ? (
          'not known now'
        ) : (
          <>
            {count(history.runs)} {history.runs === 1 ? 'run' : 'runs'}, {bytes(history.bytes)}
            {history.oldestRunAt === null ? null : (
              <>
                {' '}
                since <Instant at={history.oldestRunAt} />
              </>
            )}
          </>
        )}
      </Fact>
      {history === null ? null : <Fact name="Database">{bytes(history.databaseBytes)}</Fact>}
    </Part>
  );
}

function Kept({ most }: { readonly most: SystemView['retention'] }) {
  return (
    <Part name="Kept at most">
      <Fact name="Runs">
        {count(most.runsDays)} days, {count(most.runsPerJob)} of each job
      </Fact>
      <Fact name="Output">
        {bytes(most.outputBytes)} of all runs, {bytes(most.outputOfRunBytes)} of one
      </Fact>
      <Fact name="Releases">{count(most.releases)}</Fact>
      <Fact name="Journal">{bytes(most.journalBytes)}, while the database is away</Fact>
    </Part>
  );
}

function onDisk(measured: SystemView['stateVolume']['releases']): string {
  const size = measured.bytes === null ? 'not measured yet' : bytes(measured.bytes);
  return `${count(measured.count)}, ${size}`;
}

function count(number: number): string {
  return number.toLocaleString('en');
}
