import { useRef } from 'react';
import { Dialog, type DialogHandle } from '../shell/dialog.tsx';
import { useKey, useKeyActions } from './keys.tsx';
import style from './key-help.module.css';

/** `?` tells what the keys of this page do. */
export function KeyHelp() {
  const dialog = useRef<DialogHandle>(null);
  const actions = useKeyActions();
  useKey('?', 'these keys', () => dialog.current?.open());
  return (
    <Dialog ref={dialog} title="Keys">
      <dl className={style.keys}>
        {actions.map(({ keys, does }) => (
          <div key={keys}>
            <dt>
              {keys.split(' ').map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
