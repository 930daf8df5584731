import Anser from 'anser';
import style from './ansi.module.css';

/** A line with the colours that its program gave it: as data, so nothing of it can be markup. */
export function AnsiText({ text, colours }: { readonly text: string; readonly colours: string }) {
  if (colours === '' && !text.includes('\x1b')) return text;
  const parts = Anser.ansiToJson(colours + text, { use_classes: true, remove_empty: true });
  return parts.map(({ content, fg, bg, decoration }, index) => (
    // oxlint-disable-next-line react/no-array-index-key -- parts of one line, which never change
    <span key={index} className={classOf(fg, bg, decoration)}>
      {content}
    </span>
  ));
}

function classOf(fg: string | null, bg: string | null, decoration: string | null): string {
  return [fg, bg === null ? null : `${bg}-ground`, decoration]
    .flatMap((name) => (name === null ? [] : (style[name] ?? [])))
    .join(' ');
}
