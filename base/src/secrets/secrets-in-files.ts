import { watchSecretFiles } from './secret-files.ts';
import { secretParts } from './secret-parts.ts';
import { formsOf } from './secret-values.ts';

/** Who replaces a password while we run expects the new one to be masked, and the old one still. */
export function withThoseInFiles(
  values: readonly string[],
  files: readonly string[],
): () => readonly string[] {
  const contents = watchSecretFiles(files);
  let seen: readonly string[] = [];
  let all = values;
  return () => {
    const now = contents();
    if (now !== seen) {
      seen = now;
      all = [...new Set([...values, ...secretsIn(now)])];
    }
    return all;
  };
}

function secretsIn(contents: readonly string[]): string[] {
  return contents.flatMap((content) => [content, ...secretParts(content)]).flatMap(formsOf);
}
