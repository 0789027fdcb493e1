import { FIRST_SHOT, READS, type Shot, usualCodec } from "../state/shots";
import type { Studio } from "../state/studio";
import { Choice, type Options, Quantity, Swatch } from "./choices";
import { Chooser } from "./chooser";
import { Drawer } from "./drawer";
import { Trouble } from "./trouble";

const MOTIONS: Options = [
  ["", "stands still"],
  ["walk", "walks"],
  ["bounce", "bounces"],
  ["spin", "spins"],
  ["wave", "waves"],
  ["fly", "flies"],
  ["drive", "drives"],
  ["idle", "breathes"],
  ["explode", "comes apart"],
];
/** What a thing must have to move so, where not everything does. */
const NEEDS: Record<string, string> = {
  walk: "For what has two or four legs; a snake crawls.",
  wave: "For what has an arm, a front leg or a wing to lift.",
  fly: "For what has wings.",
  drive: "For what has wheels.",
  explode: "For what has several parts.",
};
const MOVES: Options = [
  ["", "around it"],
  ["still", "stands still"],
  ["dolly", "nearer"],
  ["crane", "upwards"],
  ["spiral", "around and upwards"],
];
const QUALITIES: Options = [
  ["draft", "draft, 384 px"],
  ["medium", "medium, 512 px"],
  ["high", "high, 1,080 px"],
  ["ultra", "ultra, 2,160 px"],
];
const SLOW = "On a laptop this takes long: try a draft first.";
const LIGHTS: Options = [
  ["", "studio"],
  ["dark", "dark studio"],
  ["daylight", "daylight"],
  ["sunset", "sunset"],
  ["overcast", "overcast"],
  ["night", "night"],
];
const BACKGROUNDS: Options = [
  ["", "of the light"],
  ["color", "a colour"],
  ["gradient", "a gradient"],
  ["transparent", "transparent"],
];
const CODECS: Options = [
  ["h264", "MP4, H.264"],
  ["h265", "MP4, H.265"],
  ["av1", "MP4, AV1"],
  ["vp9", "WebM, VP9"],
  ["gif", "GIF"],
  ["png", "PNGs in a ZIP"],
];

/** What stands on the stage, and how it is to be filmed. */
export function FilmDrawer({ studio }: { studio: Studio }) {
  return (
    <Drawer studio={studio} name="film" title="Film it">
      {() => <Form studio={studio} />}
    </Drawer>
  );
}

function Form({ studio }: { studio: Studio }) {
  const { source, sending, shot } = studio;
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void studio.film();
  };
  return (
    <form class="form film" onSubmit={submit} onInput={(event) => choose(studio, event.target as HTMLInputElement)}>
      <Chooser studio={studio} verb="film" />
      <Motion shot={shot.value} />
      <Camera studio={studio} shot={shot.value} />
      <Picture shot={shot.value} />
      {studio.trouble.value && <Trouble studio={studio} />}
      <p class="send">
        <button type="submit" class="make" disabled={!source.value || sending.value}>
          {sending.value ? "Sending…" : "Film"}
        </button>
      </p>
    </form>
  );
}

function Motion({ shot }: { shot: Shot }) {
  return (
    <fieldset>
      <legend>The thing</legend>
      <div class="fields">
        <Choice label="Motion" {...field(shot, "preset")} options={MOTIONS} hint={NEEDS[shot.preset]} />
        {READS.speed(shot) && (
          <Quantity label="Times as fast" {...field(shot, "speed")} placeholder="1" min={0.1} max={10} step="any" />
        )}
        {READS.motionTurns(shot) && (
          <Quantity label="Turns meanwhile" {...field(shot, "motion_turns")} placeholder="0" min={-20} max={20} step="any" />
        )}
      </div>
    </fieldset>
  );
}

function Camera({ studio, shot }: { studio: Studio; shot: Shot }) {
  const fromHere = () => (studio.shot.value = { ...shot, azimuth_deg: "", elevation_deg: "" });
  const isSet = shot.azimuth_deg !== "" || shot.elevation_deg !== "";
  return (
    <fieldset>
      <legend>The camera</legend>
      <div class="fields">
        <Choice label="Goes" {...field(shot, "move")} options={MOVES} />
        {READS.cameraTurns(shot) && (
          <Quantity label="Rounds" {...field(shot, "camera_turns")} placeholder="1" min={-20} max={20} step="any" />
        )}
        <Quantity label="Begins aside, °" {...field(shot, "azimuth_deg")} placeholder="as you look" min={-360} max={360} step="any" />
        <Quantity label="Begins above, °" {...field(shot, "elevation_deg")} placeholder="as you look" min={-90} max={90} step="any" />
      </div>
      {isSet ? (
        <button type="button" class="example" onClick={fromHere}>
          From where I look at it now
        </button>
      ) : (
        <p class="fine">It begins where you look from: turn the thing on the stage.</p>
      )}
    </fieldset>
  );
}

function Picture({ shot }: { shot: Shot }) {
  const codec = usualCodec(shot) || "h264";
  const isSlow = shot.quality === "high" || shot.quality === "ultra";
  const codecs: Options = CODECS.map(([value, label]) => [value === codec ? "" : value, label]);
  return (
    <fieldset>
      <legend>The film</legend>
      <div class="fields">
        <Quantity label="Seconds" {...field(shot, "duration_s")} placeholder={FIRST_SHOT.duration_s} min={0.1} max={120} step="any" />
        <Choice label="Quality" {...field(shot, "quality")} options={QUALITIES} hint={isSlow ? SLOW : undefined} />
        <Choice label="Light" {...field(shot, "light")} options={LIGHTS} />
        <Choice label="Background" {...field(shot, "background")} options={BACKGROUNDS} />
        {READS.color(shot) && <Swatch label={READS.colorEnd(shot) ? "Above" : "Colour"} {...field(shot, "color")} />}
        {READS.colorEnd(shot) && <Swatch label="Below" {...field(shot, "color_end")} />}
        <Choice label="File" {...field(shot, "codec")} options={codecs} />
      </div>
      <details class="more">
        <summary>More</summary>
        <div class="fields">
          <Quantity label="Width, px" {...field(shot, "width")} placeholder="as the quality" min={16} max={4096} />
          <Quantity label="Height, px" {...field(shot, "height")} placeholder="as the width" min={16} max={4096} />
          <Quantity label="Frames a second" {...field(shot, "fps")} placeholder="30" min={1} max={120} step="any" />
        </div>
      </details>
    </fieldset>
  );
}

function field<Name extends keyof Shot>(shot: Shot, name: Name): { name: Name; value: string } {
  return { name, value: shot[name] };
}

function choose(studio: Studio, { name, value, type }: HTMLInputElement): void {
  if (type !== "file") studio.shot.value = { ...studio.shot.value, [name]: value };
}
