import type { Evidence } from '../../api/evidence.ts';
import type { ChangedFile, CommitView, PlannedJob, RevisionChanges } from '../../api/plan.ts';
import type { PackageChange } from '../../api/release-diff.ts';
import { shortRevision } from '../../sync/revision.ts';
import { filesNamedBy, textNamesFile } from './named-files.ts';
import { counted, shown } from './words.ts';

export interface CodeChanges {
  /** The newest first. */
  readonly way: readonly RevisionChanges[];
  readonly direction: 'added' | 'removed';
  readonly files: readonly ChangedFile[];
}

/** What decides how near a file is to the job. */
export interface JobOfFiles {
  readonly job: string;
  readonly command: string;
  readonly error: string | null;
  /** All of the later release; null: not remembered. */
  readonly jobs: readonly PlannedJob[] | null;
  /** Null: not remembered. */
  readonly packages: readonly PackageChange[] | null;
  /** Its own line is known to be the same. */
  readonly isLineSame: boolean;
}

type Placed = Pick<Evidence, 'weight'> & {
  readonly namedBy: 'error' | 'command' | null;
  /** Behind the name of the file and what became of it. */
  readonly why: string;
};

/** For people only; no harm is done where a project calls its files otherwise. */
const FOR_READERS =
  /^(?:docs|\.github)\/|(?:^|\/)(?:README|LICENSE|CHANGELOG)(?:\.\w+)?$|\.(?:md|mdx|rst|adoc)$/i;
const LOCKFILE =
  /(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|(?:yarn|poetry|uv|Pipfile)\.lock|requirements[\w-]*\.txt)$/;
const CRONTAB = /(?:^|\/)[\w.-]*crontab[\w.-]*$/i;

export function fileEvidence({ way, direction, files }: CodeChanges, of: JobOfFiles): Evidence[] {
  const place = createPlace(of);
  return files.map(({ path, change }) => {
    const { weight, namedBy, why } = place(path);
    const commit = commitOf(path, way);
    const without = direction === 'removed' ? 'without ' : '';
    const named = commit === null ? [] : [`${without}${nameOf(commit)}`];
    const aside = [...(change === 'modified' ? [] : [NOW[change]]), ...named].join(', ');
    const label = aside === '' ? path : `${path} (${aside})`;
    const by = commit === null ? '' : `: ${named.join('')}${byOf(commit)}`;
    const sentence = `${path} ${BECAME[change]}${why}${by}.`;
    const hash = commit?.hash ?? null;
    return { kind: 'file', weight, label, sentence, path, change, namedBy, commit: hash };
  });
}

const NOW = { added: 'new', deleted: 'gone' } as const;
const BECAME = { added: 'is new', modified: 'changed', deleted: 'is gone' } as const;

/** A commit is as near as the nearest file that it changed; of one of several that is not known. */
export function commitEvidence(
  { way, direction }: Omit<CodeChanges, 'files'>,
  files: readonly Evidence[],
): Evidence[] {
  const weightOf = new Map(
    files.flatMap((file) => (file.kind === 'file' ? [[file.path, file.weight] as const] : [])),
  );
  return way.flatMap((step) => {
    const weights = step.files.items.map(({ path }) => weightOf.get(path));
    const nearest = (['own', 'shared', 'others'] as const).find((weight) =>
      weights.includes(weight),
    );
    const isCut = step.files.items.length < step.files.total;
    const ofStep = nearest ?? (isCut ? 'shared' : 'others');
    const weight = ofStep === 'own' && step.commits?.total !== 1 ? 'shared' : ofStep;
    return (step.commits?.items ?? []).map((commit) => sayCommit(commit, weight, direction));
  });
}

function sayCommit(
  commit: CommitView,
  weight: Evidence['weight'],
  direction: CodeChanges['direction'],
): Evidence {
  const name = nameOf(commit);
  const by = byOf(commit);
  const isGone = direction === 'removed';
  const label = isGone ? `without ${name}` : name;
  const sentence = `Commit ${name}${by}${isGone ? ' is not in its release any more' : ''}.`;
  return { kind: 'commit', weight, label, sentence, commit, direction };
}

function createPlace(of: JobOfFiles): (path: string) => Placed {
  const named = filesNamedBy(of.command);
  const error = of.error ?? '';
  const [followed, others] = otherJobs(of);
  return (path) => {
    if (textNamesFile(error, path)) {
      return { weight: 'own', namedBy: 'error', why: ', and the error names it' };
    }
    if (named.has(path)) {
      return { weight: 'own', namedBy: 'command', why: ', which its command names' };
    }
    const before = followed.find(({ files }) => files.has(path));
    if (before !== undefined) {
      return {
        weight: 'shared',
        namedBy: null,
        why: `, which ${before.slug} runs; this job follows it`,
      };
    }
    if (FOR_READERS.test(path)) {
      return { weight: 'others', namedBy: null, why: ', which is for readers' };
    }
    if (CRONTAB.test(path) && of.jobs !== null) {
      const why = of.isLineSame ? ', but not the line of this job' : ', as its line says';
      return { weight: 'others', namedBy: null, why };
    }
    if (LOCKFILE.test(path) && of.packages?.length === 0) {
      return { weight: 'others', namedBy: null, why: ', but not what is installed' };
    }
    const [other, ...more] = named.areAll ? others.filter(({ files }) => files.has(path)) : [];
    if (other !== undefined) {
      const whose =
        more.length === 0
          ? other.slug
          : `${other.slug} and ${counted(more.length, 'other job', 'other jobs')}`;
      const verb = more.length === 0 ? 'runs' : 'run';
      return {
        weight: 'others',
        namedBy: null,
        why: `, which ${whose} ${verb} and this job does not name`,
      };
    }
    return { weight: 'shared', namedBy: null, why: '' };
  };
}

/** The jobs that this one follows, and the rest of them, with what their commands name. */
function otherJobs({ job, jobs }: JobOfFiles) {
  const bySlug = new Map((jobs ?? []).map((one) => [one.slug, one]));
  const followed = new Set<string>();
  for (let at = bySlug.get(job); at !== undefined;) {
    const before: string | undefined = /^@after\s+([\w.-]+)/.exec(at.schedule)?.[1];
    if (before === undefined || followed.has(before)) break;
    followed.add(before);
    at = bySlug.get(before);
  }
  const all = [...bySlug.values()]
    .filter(({ slug }) => slug !== job)
    .map(({ slug, command }) => ({ slug, files: filesNamedBy(command) }));
  return [
    all.filter(({ slug }) => followed.has(slug)),
    all.filter(({ slug }) => !followed.has(slug)),
  ] as const;
}

/** The one that changed a file; what was pushed together is one step, and which of it did is not known. */
function commitOf(path: string, way: readonly RevisionChanges[]): CommitView | null {
  const [step, another] = way.filter(({ files }) => files.items.some((file) => file.path === path));
  if (step === undefined || another !== undefined || step.commits?.total !== 1) return null;
  return step.commits.items[0] ?? null;
}

export function nameOf({ hash, subject }: CommitView): string {
  return `${shortRevision(hash)}${subject === '' ? '' : ` “${shown(subject)}”`}`;
}

function byOf({ author }: CommitView): string {
  return author === '' ? '' : ` by ${author}`;
}
