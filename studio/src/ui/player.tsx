import type { ViewerState } from "./use-viewer";

/** Beneath a model that moves: play or pause, where in time it is, and which of its clips. */
export function Player({ state }: { state: ViewerState }) {
  const now = state.playback.value;
  const viewer = state.viewer.value;
  if (!now || !viewer) return null;
  const place = `${now.timeS.toFixed(2)} of ${now.durationS.toFixed(2)} s`;
  return (
    <div class="player" role="group" aria-label="Motion">
      <button type="button" class="quiet" onClick={() => viewer.play(!now.playing)}>
        {now.playing ? "Pause" : "Play"}
      </button>
      <input
        type="range"
        aria-label="Time"
        aria-valuetext={place}
        min={0}
        max={now.durationS}
        step="any"
        value={now.timeS}
        onInput={(event) => viewer.seek(event.currentTarget.valueAsNumber)}
      />
      <span class="place" aria-hidden="true">
        {place}
      </span>
      {now.names.length > 1 && (
        <select aria-label="Clip" value={now.name} onChange={(event) => viewer.choose(event.currentTarget.value)}>
          {now.names.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      )}
    </div>
  );
}
