import { formatSlot } from '../../schedule/format-slot.ts';
import { paramsInWords } from '../../schedule/params.ts';
import type { Rooms } from '../rooms.ts';
import type { RunSummaryView } from '../../api/run.ts';
import { listRuns } from '../list-runs.ts';
import { viewOneJob } from '../view-one-job.ts';
import { html, layout, type Html } from './page.ts';

const LAST_RUNS = 20;
const NEXT_SLOTS = 5;

/** What a browser shows at `/scripts/<slug>`. */
export async function jobPage(rooms: Rooms, slug: string): Promise<Html> {
  const job = await viewOneJob(rooms, slug);
  const { items } = await listRuns(rooms, { job: slug }, LAST_RUNS);
  const zone = job.zone ?? rooms.jobs.zone;
  const slots = rooms.jobs.nextSlots(slug, NEXT_SLOTS).map((at) => formatSlot(at, zone));
  return layout(
    job.title,
    html`<h1>${job.title}</h1>
      ${job.title === slug ? '' : html`<p>${slug}</p>`}
      <p>${job.description}</p>
      <p><code>${job.command}</code></p>
      <p>${job.scheduleText} <code>${job.schedule}</code> (${zone})</p>
      ${job.params.length === 0 ? '' : html`<p>Parameters: ${paramsInWords(job.params)}.</p>`}
      <p>${job.enabled ? 'Enabled.' : 'Disabled: only started by hand.'}</p>
      <h2>Next</h2>
      <ul>
        ${slots.map((slot) => html`<li>${slot}</li>`)}
      </ul>
      <h2>Last runs</h2>
      <table>
        <tr>
          <th>Run</th>
          <th>Status</th>
          <th>Queued</th>
          <th>Why</th>
        </tr>
        ${items.map(runRow)}
      </table>
      <p>This page starts nothing. To start the job: <code>gitcron run ${slug}</code>.</p>`,
  );
}

function runRow(run: RunSummaryView): Html {
  return html`<tr>
    <td>${run.id.slice(-8)}</td>
    <td class="${run.status}">${run.status}</td>
    <td>${run.queuedAt}</td>
    <td>${run.reason ?? ''}</td>
  </tr>`;
}
