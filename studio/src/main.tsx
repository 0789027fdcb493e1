import { render } from "preact";
import "./style/fonts.css";
import "./style/tokens.css";
import "./style/page.css";
import "./style/bench.css";
import "./style/drawers.css";
import "./style/forms.css";
import "./style/acceptance.css";
import "./style/player.css";
import "./style/screen.css";
import { Studio } from "./state/studio";
import { App } from "./ui/app";

const studio = new Studio();
render(<App studio={studio} />, document.getElementById("studio")!);
void studio.start();
