import { useRef, type ReactNode } from 'react';
import { Dialog, type DialogHandle } from './dialog.tsx';
import { Complaint } from './complaint.tsx';
import { useDeed } from './use-deed.ts';
import style from './question.module.css';

/**
 * A button whose deed is asked about first: the question says what will happen.
 * What goes wrong is told in the question, which stays.
 */
export function Question({
  button,
  title,
  yes,
  disabled = false,
  children,
  onYes,
}: {
  readonly button: ReactNode;
  readonly title: string;
  /** A verb: `Roll back to 3f2a1b9`. */
  readonly yes: string;
  readonly disabled?: boolean;
  readonly children: ReactNode;
  readonly onYes: () => Promise<unknown>;
}) {
  const dialog = useRef<DialogHandle>(null);
  const deed = useDeed(async () => {
    await onYes();
    dialog.current?.close();
  });
  return (
    <>
      <button type="button" disabled={disabled} onClick={() => dialog.current?.open()}>
        {button}
      </button>
      <Dialog ref={dialog} title={title}>
        <div className={style.body}>
          {children}
          {deed.error === null ? null : <Complaint of={deed.error} />}
          <button
            type="button"
            data-kind="main"
            disabled={deed.isBusy}
            onClick={() => void deed.start()}
          >
            {yes}
          </button>
        </div>
      </Dialog>
    </>
  );
}
