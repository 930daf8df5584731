import { createContext, useContext, useEffect, useRef, useState, type ReactNode } from 'react';

/** A key, or two one after the other: `/`, `j`, `g j`. */
export interface KeyAction {
  readonly keys: string;
  /** What it does, for the list of keys. */
  readonly does: string;
  readonly run: () => void;
}

interface Keys {
  readonly actions: readonly KeyAction[];
  readonly add: (action: KeyAction) => () => void;
}

const KeysContext = createContext<Keys | null>(null);

/** The second key comes within so long, or is one of its own. */
const PAIR_MS = 1000;

export function KeysProvider({ children }: { readonly children: ReactNode }) {
  const [actions, setActions] = useState<readonly KeyAction[]>([]);
  const [add] = useState(() => (action: KeyAction) => {
    setActions((known) => [...known, action]);
    return () => setActions((known) => known.filter((one) => one !== action));
  });
  const current = useRef(actions);
  useEffect(() => {
    current.current = actions;
  }, [actions]);
  useEffect(() => {
    let first = { key: '', at: 0 };
    function onKey(event: KeyboardEvent): void {
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      const isPair = performance.now() - first.at < PAIR_MS;
      const pair = isPair ? `${first.key} ${event.key}` : '';
      first = { key: event.key, at: performance.now() };
      // The newest first: a page's own stand above those of the house.
      const newest = current.current.toReversed();
      const action =
        newest.find(({ keys }) => keys === pair) ?? newest.find(({ keys }) => keys === event.key);
      if (action === undefined) return;
      event.preventDefault();
      action.run();
    }
    document.addEventListener('keydown', onKey);
    return () => document.removeEventListener('keydown', onKey);
  }, []);
  return <KeysContext value={{ actions, add }}>{children}</KeysContext>;
}

export function useKeyActions(): readonly KeyAction[] {
  return useKeys().actions;
}

/** While what calls it is on the page, a key does something. */
export function useKey(keys: string, does: string, run: () => void): void {
  const { add } = useKeys();
  const latest = useRef(run);
  useEffect(() => {
    latest.current = run;
  });
  useEffect(() => add({ keys, does, run: () => latest.current() }), [add, keys, does]);
}

function useKeys(): Keys {
  const keys = useContext(KeysContext);
  if (keys === null) throw new TypeError('outside of KeysProvider');
  return keys;
}

function isTyping(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLInputElement ||
    target instanceof HTMLTextAreaElement ||
    target instanceof HTMLSelectElement ||
    document.querySelector('dialog[open]') !== null
  );
}
