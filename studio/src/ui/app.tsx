import { useEffect } from "preact/hooks";
import type { Studio } from "../state/studio";
import { jobInAddress } from "../state/studio";
import { AcceptanceDrawer } from "./acceptance-drawer";
import { Bench } from "./bench";
import { ConvertDrawer } from "./convert-drawer";
import { FilmDrawer } from "./film-drawer";
import { Filmstrip } from "./filmstrip";
import { HelpDrawer } from "./help-drawer";
import { KeyDialog } from "./key-dialog";
import { onShortcut } from "./shortcuts";
import { ServiceDrawer } from "./service-drawer";
import { Stage } from "./stage";
import { StoryDrawer } from "./story-drawer";
import { ThingsDrawer } from "./things-drawer";
import { TopBar } from "./top-bar";

/** The workbench: a stage, a bench beneath it with one line to type in, the history beside it. */
export function App({ studio }: { studio: Studio }) {
  useEffect(() => {
    const shortcut = (event: KeyboardEvent) => onShortcut(event, studio);
    const back = () => void (jobInAddress() && studio.open(jobInAddress()));
    addEventListener("keydown", shortcut);
    addEventListener("popstate", back);
    return () => {
      removeEventListener("keydown", shortcut);
      removeEventListener("popstate", back);
    };
  }, [studio]);
  return (
    <div class="workbench" data-drawer={studio.drawer.value !== ""}>
      <TopBar studio={studio} />
      <Filmstrip studio={studio} />
      <main class="desk">
        <Stage studio={studio} />
        <Bench studio={studio} />
      </main>
      <AcceptanceDrawer studio={studio} />
      <ConvertDrawer studio={studio} />
      <FilmDrawer studio={studio} />
      <StoryDrawer studio={studio} />
      <ServiceDrawer studio={studio} />
      <ThingsDrawer studio={studio} />
      <HelpDrawer studio={studio} />
      <KeyDialog studio={studio} />
    </div>
  );
}
