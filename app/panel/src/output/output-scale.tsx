import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { outlineQuery, pieceAt } from './outline.ts';
import style from './output.module.css';

/** Smaller outputs are scrolled through in a moment. */
const LARGE_BYTES = 2 * 1024 * 1024;
const STEPS = 100;

/** Goes to any part of an output that is too large to be scrolled through. */
export function OutputScale({
  runId,
  onPiece,
}: {
  readonly runId: string;
  readonly onPiece: (sequence: number) => void;
}) {
  const { data: outline } = useQuery(outlineQuery(runId));
  const [at, setAt] = useState(0);
  if (outline === undefined) return null;
  const all = outline.parts.reduce((sum, { bytes }) => sum + bytes, 0);
  if (all < LARGE_BYTES) return null;
  return (
    <label className={style.scale}>
      <span className="soft small">Go to {at} %</span>
      <input
        type="range"
        min={0}
        max={STEPS}
        value={at}
        onChange={({ target }) => setAt(Number(target.value))}
        onPointerUp={() => onPiece(pieceAt(outline, at / STEPS))}
        onKeyUp={() => onPiece(pieceAt(outline, at / STEPS))}
      />
    </label>
  );
}
