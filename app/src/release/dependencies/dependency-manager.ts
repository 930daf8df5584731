import type { FileContent } from '../content-hash.ts';

/** What a release asks one dependency manager to install. */
export interface DependencyRequest {
  readonly manager: DependencyManager;
  /** The directory of the manifest, relative to the repository; `.` for its root. */
  readonly directory: string;
  /** Manifest, lockfile and settings: what the installed result depends on, by repository path. */
  readonly files: readonly FileContent[];
  /** The machine that the installed result is good for. */
  readonly platform: string;
  /** The program that installs, and its first arguments, where that is not always the same one. */
  readonly program?: readonly [command: string, ...args: string[]];
  /** True when the install reads or runs the repository's own code, so that it differs by revision. */
  readonly needsCode: boolean;
}

/** The command line of one step of an install. */
export interface InstallStep {
  readonly command: string;
  readonly args: readonly string[];
  /** Besides what every install gets. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** How a step ended badly. */
export interface InstallFailure {
  readonly step: InstallStep;
  readonly stdout: string;
  /** Both streams, in the order in which they came. */
  readonly output: string;
}

/**
 * Whether trying again without a new commit can help: yes (nobody answers), no (the lockfile is of
 * another manifest), or it cannot be told (a package that is not there may have been published a
 * moment ago, or never).
 */
export type Outlook = 'transient' | 'uncertain' | 'permanent';

/** What a manager makes of its own failure. */
export interface Diagnosis {
  readonly kind: Outlook;
  /** The manager's own words for it, in one line; null when it left none. */
  readonly summary: string | null;
  /** What to do; absent where the usual advice fits. */
  readonly hint?: string;
}

/**
 * Something that installs dependencies. To add one, write a file like `npm.ts` and name it in
 * `detect.ts`.
 */
export interface DependencyManager {
  readonly name: string;
  /** What the install makes in the manifest's directory: `node_modules`. */
  readonly product: string;
  /** Where its commands are, inside the product. */
  readonly binaries: string;
  /** Names beside the manifest of the other files that an install depends on. */
  readonly companions: readonly string[];
  /** Names the interpreter and machine that a product is built for. */
  platform(): Promise<string>;
  steps(request: DependencyRequest): readonly InstallStep[];
  /** Where its downloads are kept for the next install. */
  cacheVariables(directory: string): Readonly<Record<string, string>>;
  diagnose(failure: InstallFailure): Diagnosis;
  /** What a failed install left in the directory of the manifest besides its output, a line each. */
  wordsLeftIn?(directory: string): Promise<string[]>;
  /**
   * The last look at an install that worked, in the directory of the manifest.
   * @throws CodedError when it is not what the lockfile says
   */
  finish?(request: DependencyRequest, directory: string): Promise<void>;
  /** What an install that worked warns of, a line each. */
  warningsIn(output: string): string[];
  /** What of its output is written for people; absent where all of it is. */
  wordsOf?(output: string): string;
  /**
   * Mends the absolute paths in a product that was built in the directory `from` and will be
   * moved, with that directory, to `to`.
   */
  relocate?(from: string, to: string): Promise<void>;
}
