/** What separates words of a shell's line, for people's eyes: quotes and operators as blanks. */
const BETWEEN = /[\s"';|&()<>=,]+/;

/** Built by the shell at the time: which file it names is not known here. */
const BUILT = /[$`*?[{~]/;

/** A file without its last ending, as `node app/report` and `python -m app.report` name it. */
const ENDINGS = /\.(?:[cm]?[jt]sx?|py|sh|rb|pl)$/;
const ENTRIES = /\/(?:index\.[cm]?[jt]s|__main__\.py)$/;

/** What programs read without being told. */
const READ_BY: Readonly<Record<string, RegExp>> = {
  make: /^(?:GNUm|[Mm])akefile$/,
  npm: /^package\.json$/,
  pnpm: /^package\.json$/,
  yarn: /^package\.json$/,
};

/** Which files of the repository a command names, as far as its words say. */
export interface NamedFiles {
  has(path: string): boolean;
  /** It names files, and none of their names is built when it runs: what it does not name, it does not name. */
  readonly areAll: boolean;
}

export function filesNamedBy(command: string): NamedFiles {
  const words = command.split(BETWEEN).filter((word) => word !== '');
  const directories = words.flatMap((word, at) =>
    words[at - 1] === 'cd' ? [plainPath(word)] : [],
  );
  const paths = words.flatMap((word, at) => {
    const before = words[at - 1];
    if (word.startsWith('-') || before === 'cd') return [];
    return [before === '-m' ? word.replaceAll('.', '/') : word];
  });
  const candidates = new Set(
    paths.flatMap((word) => {
      const path = plainPath(word);
      return [path, ...directories.map((directory) => `${directory}/${path}`)];
    }),
  );
  const readers = words.flatMap((word) => READ_BY[word] ?? []);
  const looksLikeFile = words.filter((word) => /[./]/.test(word) && /[a-z]/i.test(word));
  return {
    has: (path) =>
      candidates.has(path) ||
      candidates.has(path.replace(ENDINGS, '')) ||
      candidates.has(path.replace(ENTRIES, '')) ||
      readers.some((reader) => reader.test(path)),
    areAll: looksLikeFile.length > 0 && !looksLikeFile.some((word) => BUILT.test(word)),
  };
}

/** From the root of the repository: `./a/b` and what stands behind the link of the current release. */
function plainPath(word: string): string {
  return word
    .replace(/^\/app\/project\/current\//, '')
    .replace(/^(?:\.\/)+/, '')
    .replace(/\/+$/, '');
}

/** A release's own directory, where the path of a file in an error may begin. */
const ROOT = /(?:\/current|\/[0-9a-f]{40}|\/[0-9a-f]{64}|\/dir-[0-9a-f]+|(?:^|[^\w./-])\.)\/$/;

/** Whether a text names a file of the repository: from its root, or with the whole way to a release. */
export function textNamesFile(text: string, path: string): boolean {
  for (let at = text.indexOf(path); at >= 0; at = text.indexOf(path, at + 1)) {
    const before = text.slice(Math.max(0, at - 80), at);
    const after = text.charAt(at + path.length);
    const isWhole = before === '' || /[^\w./@-]$/.test(before) || ROOT.test(before);
    if (isWhole && !/[\w/-]/.test(after) && !/^\.\w/.test(text.slice(at + path.length)))
      return true;
  }
  return false;
}

/** Only where it is quoted or stands in a way: `ms` and `debug` are words, too. */
export function textNamesPackage(text: string, name: string): boolean {
  const spellings = [name, name.replaceAll('-', '_')];
  return spellings.some(
    (one) =>
      ["'", '"', '`'].some((quote) => text.includes(`${quote}${one}${quote}`)) ||
      ['node_modules/', 'site-packages/'].some((folder) => text.includes(`${folder}${one}/`)),
  );
}
