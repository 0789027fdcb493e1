import type { Studio } from "../state/studio";
import { Drawer } from "./drawer";
import { SHORTCUTS } from "./shortcuts";

export function HelpDrawer({ studio }: { studio: Studio }) {
  return (
    <Drawer studio={studio} name="help" title="Help">
      {() => (
        <>
          <p>Type a sentence and press Enter. A sketch appears first and then turns into the thing itself.</p>
          <p>
            Drop a .glb, .gltf, .obj, .ply, .stl or .zip file anywhere on the stage to look at it; it stays on this machine
            until you convert or film it.
          </p>
          <h3>Keys</h3>
          <dl class="pairs">
            {SHORTCUTS.map(([key, meaning]) => (
              <div key={key}>
                <dt>{key}</dt>
                <dd>{meaning}</dd>
              </div>
            ))}
          </dl>
          <h3>Without this page</h3>
          <pre>{curl()}</pre>
          <p>
            <a href="/docs">All addresses</a> <a href="/openapi.json">OpenAPI</a>{" "}
            <a href="/studio/LICENSES.txt">Licences of this page</a>
          </p>
        </>
      )}
    </Drawer>
  );
}

function curl(): string {
  return (
    `curl -X POST ${location.origin}/v1/text-to-3d \\\n` +
    "  -H 'content-type: application/json' \\\n  -H 'prefer: wait=30' \\\n" +
    `  -d '{"prompt": "a tall red lamp"}'`
  );
}
