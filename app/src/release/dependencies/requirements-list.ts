/**
 * Whether installing a requirements.txt reads the repository's own files: other lists (`-r`, `-c`),
 * editable installs (`-e`), paths (pip-install(1), "Requirements File Format"). Whatever is not
 * plainly a name, an address or an option about the index counts as that.
 */
export function listNeedsCode(text: string): boolean {
  return text
    .replaceAll(/\\\r?\n/g, '')
    .split(/\r\n|\r|\n/)
    .map((line) =>
      line
        .replace(/^\uFEFF/, '')
        .replace(/(^|\s)#.*$/, '')
        .trim(),
    )
    .some((line) => line !== '' && !isForAllRevisions(line));
}

function isForAllRevisions(line: string): boolean {
  if (line.startsWith('-')) return OF_THE_INDEX.test(line);
  return ADDRESS.test(line) || (NAME.test(line) && !FILE.test(line));
}

const OF_THE_INDEX =
  /^(-i|--(index-url|extra-index-url|no-index|trusted-host|pre|no-binary|only-binary|prefer-binary|require-hashes|use-feature))(?![\w-])/;

/** From elsewhere, with or without a name in front (PEP 508); `file:` is from here. */
const ADDRESS = /^([\w.-]+\s*(\[[^\]]*\])?\s*@\s*)?((git|hg|svn|bzr)\+)?(https?|ssh|git):/i;

/** A name, and what may follow it: extras, versions, a marker, options. */
const NAME =
  /^[A-Za-z0-9]([\w.-]*[A-Za-z0-9])?\s*(\[[^\]]*\])?\s*($|[<>=!~;(]|--|\s)(?!.*@\s*file:)/;

const FILE = /^\S+\.(whl|zip|tar|tgz|tbz|tar\.\w+)(\[[^\]]*\])?(\s|;|$)/i;
