import { useQuery } from '@tanstack/react-query';
import type { SettingView } from '../../../../src/api/system.ts';
import { Loaded } from '../../shell/loaded.tsx';
import { settingsQuery } from './queries.ts';
import style from './system.module.css';

/** What is in force: first what somebody decided here, then what is as it comes. */
export function Settings() {
  const settings = useQuery(settingsQuery);
  return (
    <section aria-labelledby="settings" className={style.part}>
      <h2 id="settings">Settings in force</h2>
      <Loaded query={settings} what="the settings">
        {(items) => {
          const decided = items.filter(({ from }) => from !== 'default');
          const others = items.filter(({ from }) => from === 'default');
          return (
            <>
              <Rows name="Settings that were decided here" items={decided} />
              <details>
                <summary>{others.length} more, as they come</summary>
                <Rows name="Settings that are as they come" items={others} />
              </details>
            </>
          );
        }}
      </Loaded>
    </section>
  );
}

function Rows({ name, items }: { readonly name: string; readonly items: readonly SettingView[] }) {
  return (
    <ul className={style.rows} aria-label={name}>
      {items.map((item) => (
        <li key={item.name} data-row>
          <code>{item.name}</code>
          <span>{valueOf(item)}</span>
          <span className="soft">{originOf(item)}</span>
        </li>
      ))}
    </ul>
  );
}

function valueOf({ value, isSet, unit }: SettingView): string {
  if (value === null) return isSet ? 'set, never shown' : 'not set';
  if (value === '') return 'empty';
  if (unit === null) return value;
  return value === '1' ? `1 ${unit.replace(/s$/, '')}` : `${value} ${unit}`;
}

function originOf({ from, file }: SettingView): string {
  if (from === 'file') return `from the file ${file ?? ''}`;
  return { default: 'the default', environment: 'from the environment', start: 'by gitcron up' }[
    from
  ];
}
