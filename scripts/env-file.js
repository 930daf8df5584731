/**
 * Reads a file as Docker Compose reads `.env`, and says what it would take for something else than
 * it looks. Plain JavaScript without packages: it runs before anything is installed.
 *
 * @param {string} text
 * @returns {{entries: {name: string, value: string, line: number}[], problems: {line: number, text: string}[]}}
 */
export function readEnvFile(text) {
  const entries = [];
  const problems = [];
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/);
  for (let at = 0; at < lines.length; at += 1) {
    const line = at + 1;
    const tell = (problem) => void problems.push({ line, text: problem });
    const written = lines[at];
    if (/^\s*(#|$)/.test(written)) continue;
    const assignment = /^\s*(?:export\s+)?([^=:]*?)\s*[=:][ \t]*(.*)$/.exec(written);
    if (assignment === null) {
      const isName = /^\s*[A-Za-z_]\w*\s*$/.test(written);
      tell(isName ? `${written.trim()} has no value: write NAME=value.` : 'This is no NAME=value.');
      continue;
    }
    const [, name, rest] = assignment;
    if (!/^[A-Za-z_]\w*$/.test(name)) {
      tell(`“${name}” cannot be a name: letters, digits and _ only, and nothing in front of it.`);
      continue;
    }
    const say = (problem) => tell(`${name}: ${problem}`);
    const quote = /^['"]/.exec(rest)?.[0];
    let value = rest;
    if (quote === undefined) {
      value = rest.replace(/\s+#.*$/, '').trimEnd();
      if (value !== rest.trimEnd() && /PASSWORD|SECRET|TOKEN|KEY/.test(name))
        say(
          "what stands behind “ #” is a comment. If it belongs to the value, put all of it into '…'.",
        );
    } else {
      let end = endOfQuote(value, quote);
      // A quoted value may go on over several lines.
      while (end === -1 && at + 1 < lines.length) {
        at += 1;
        value += `\n${lines[at]}`;
        end = endOfQuote(value, quote);
      }
      if (end === -1) {
        say(`its ${quote} is never closed: Compose refuses the whole file.`);
        at = line - 1;
        continue;
      }
      const behind = value.slice(end + 1).trim();
      if (behind !== '' && !behind.startsWith('#'))
        say(
          `what stands behind the second ${quote} is left out. A value with ' in it goes into "…", and one with " into '…'.`,
        );
      value = value.slice(1, end);
    }
    if (/[\u2018-\u201F\u00A0\u200B]/.test(rest))
      say(
        'it holds typographic quotes or an invisible blank, which belong to the value. Type them anew.',
      );
    if (quote !== "'") tellOfDollars(value, quote === '"', entries, say);
    const first = entries.find((entry) => entry.name === name);
    if (first !== undefined) say(`it is set in line ${first.line} already. The last one counts.`);
    entries.push({ name, value, line });
  }
  return { entries, problems };
}

function endOfQuote(text, quote) {
  for (let at = 1; at < text.length; at += 1) {
    if (quote === '"' && text[at] === '\\') at += 1;
    else if (text[at] === quote) return at;
  }
  return -1;
}

/** Compose puts variables in; what it does not know becomes nothing. The value may be a secret: it is not shown. */
function tellOfDollars(value, isQuoted, entries, say) {
  const found = isQuoted ? value.replaceAll(/\\./gs, '') : value;
  for (const [whole, braced, bare] of found.matchAll(
    /\$\$|\$\{([A-Za-z_]\w*)?|\$([A-Za-z_]\w*)/g,
  )) {
    const name = braced ?? bare;
    if (whole === '$$' || entries.some((entry) => entry.name === name)) continue;
    if (braced !== undefined && process.env[braced] !== undefined) continue;
    say(
      "Compose takes the $ in it, and what follows, for a variable, so the value is cut. Write $$ for each $, or put the whole value into '…'.",
    );
    return;
  }
}
