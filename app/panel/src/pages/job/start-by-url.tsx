import { useState } from 'react';
import type { JobView } from '../../../../src/api/job.ts';
import style from './job.module.css';

/** The address that starts it, and a line to copy. The token is never part of it. */
export function StartByUrl({ job: { slug } }: { readonly job: JobView }) {
  const [said, setSaid] = useState('');
  const url = `${location.origin}/scripts/${slug}`;
  const line = `curl -X POST -H "Authorization: Bearer $TOKEN" ${url}`;
  async function copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(line);
      setSaid('Copied.');
    } catch {
      // Without TLS a browser lets no page write to the clipboard.
      setSaid('The browser does not let this page copy: select the line.');
    }
  }
  return (
    <section aria-labelledby="by-url" className={style.part}>
      <h2 id="by-url">Start it by its URL</h2>
      <pre className={style.curl}>{line}</pre>
      <p>
        <button type="button" onClick={() => void copy()}>
          Copy
        </button>{' '}
        <span role="status" className="soft">
          {said}
        </span>
      </p>
      <p className="soft small">
        A token that may do nothing else:{' '}
        <code>gitcron token create NAME --scope trigger:{slug}</code>
      </p>
    </section>
  );
}
