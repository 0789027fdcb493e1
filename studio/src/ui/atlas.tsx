import { useEffect, useRef } from "preact/hooks";
import type { Sheet } from "../viewer/atlas";

const SIDE_PX = 256;

/** The pictures that the surface is painted with, as they lie in the file on the stage. */
export function Atlas({ sheets }: { sheets: Sheet[] }) {
  if (!sheets.length) return null;
  return (
    <ul class="atlas">
      {sheets.map((sheet) => (
        <li key={sheet.label}>
          <Painted sheet={sheet} />
          <span class="fine">{sheet.label}</span>
        </li>
      ))}
    </ul>
  );
}

function Painted({ sheet }: { sheet: Sheet }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    context?.drawImage(sheet.image, 0, 0, SIDE_PX, SIDE_PX);
  }, [sheet]);
  return <canvas ref={canvas} width={SIDE_PX} height={SIDE_PX} role="img" aria-label={`${sheet.label} map`} />;
}
