import { useId, useImperativeHandle, useRef, type ReactNode, type Ref } from 'react';
import style from './dialog.module.css';

export interface DialogHandle {
  open(): void;
  close(): void;
}

/** The browser's own dialog: it keeps the focus, and Escape closes it. */
export function Dialog({
  ref,
  title,
  children,
}: {
  readonly ref: Ref<DialogHandle>;
  readonly title: string;
  readonly children: ReactNode;
}) {
  const element = useRef<HTMLDialogElement>(null);
  const heading = useId();
  useImperativeHandle(ref, () => ({
    open: () => element.current?.showModal(),
    close: () => element.current?.close(),
  }));
  return (
    <dialog ref={element} className={style.dialog} aria-labelledby={heading}>
      <div className={style.top}>
        <h2 id={heading}>{title}</h2>
        <form method="dialog">
          <button>Close</button>
        </form>
      </div>
      {children}
    </dialog>
  );
}
