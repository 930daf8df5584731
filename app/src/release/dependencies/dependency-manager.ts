import type { FileContent } from '../content-hash.ts';

/** What a release asks one dependency manager to install. */
export interface DependencyRequest {
  readonly manager: DependencyManager;
  /** The directory of the manifest, relative to the repository; `.` for its root. */
  readonly directory: string;
  /** Manifest, lockfile and settings: what the installed result depends on, by repository path. */
  readonly files: readonly FileContent[];
  /** True when the install reads or runs the repository's own code, so that it differs by revision. */
  readonly needsCode: boolean;
}

/** The command line of one step of an install. */
export interface InstallStep {
  readonly command: string;
  readonly args: readonly string[];
}

/** How a step ended badly. */
export interface InstallFailure {
  readonly exitCode: number | undefined;
  readonly stdout: string;
}

/** What a manager makes of its own failure. */
export interface Diagnosis {
  /** Whether trying again without a new commit can help. */
  readonly kind: 'transient' | 'permanent';
  /** The manager's own words for it, one line; null when it left none. */
  readonly summary: string | null;
}

/**
 * Something that installs dependencies. To add one, write a file like `npm.ts` and name it in
 * `dependency-managers.ts`.
 */
export interface DependencyManager {
  readonly name: string;
  /** What the install makes in the manifest's directory: `node_modules`. */
  readonly product: string;
  /** Where its commands are, inside the product. */
  readonly binaries: string;
  /** What this manager has to install for the code in `release`; null when it is not concerned. */
  detect(release: string, packageFile: string): Promise<DependencyRequest | null>;
  steps(request: DependencyRequest): readonly InstallStep[];
  diagnose(failure: InstallFailure): Diagnosis;
  /** Mends what is not true any more once the product has moved from one directory to another. */
  relocate?(from: string, to: string): Promise<void>;
}
