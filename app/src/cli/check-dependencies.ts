import { CodedError, describeError } from '@gitcron/base/coded-error';
import { detectDependencies } from '../release/dependencies/detect.ts';

/** What a release would say of the manifests and lockfiles of a repository, here and now. */
export interface DependencyFindings {
  /** As the log would tell it; null when it could be installed. */
  readonly error: string | null;
  readonly warnings: readonly string[];
}

export async function checkDependencies(
  directory: string,
  packageFile: string,
): Promise<DependencyFindings> {
  try {
    const { warnings } = await detectDependencies(directory, packageFile);
    return { error: null, warnings };
  } catch (error) {
    if (error instanceof CodedError) return { error: describeError(error), warnings: [] };
    throw error;
  }
}
