import { useRef, useState, type ReactNode } from 'react';
import { Dialog, type DialogHandle } from './dialog.tsx';
import { Complaint } from './complaint.tsx';
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
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  async function doIt(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await onYes();
      dialog.current?.close();
    } catch (problem) {
      setError(problem);
    } finally {
      setBusy(false);
    }
  }
  return (
    <>
      <button type="button" disabled={disabled} onClick={() => dialog.current?.open()}>
        {button}
      </button>
      <Dialog ref={dialog} title={title}>
        <div className={style.body}>
          {children}
          {error === null ? null : <Complaint of={error} />}
          <button type="button" data-kind="main" disabled={isBusy} onClick={() => void doIt()}>
            {yes}
          </button>
        </div>
      </Dialog>
    </>
  );
}
