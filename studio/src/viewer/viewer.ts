/** The stage: one WebGL context that draws only when something on it changes. */
import {
  AmbientLight,
  MathUtils,
  type Mesh,
  NeutralToneMapping,
  PerspectiveCamera,
  Raycaster,
  Scene,
  Spherical,
  Vector2,
  Vector3,
  VSMShadowMap,
  WebGLRenderer,
} from "three";
import { OrbitControls } from "three/examples/jsm/controls/OrbitControls.js";
import { fade } from "./fade";
import { dispose, type Looks, sharpen, wear } from "./looks";
import { type Model, partName } from "./model";
import { Outline } from "./outline";
import { type Playback, Player } from "./player";
import { Scenery } from "./scenery";

export interface ViewerListener {
  /** The part under the pointer, with the pointer's place on the canvas; null where none is. */
  onPart: (part: { name: string; x: number; y: number } | null) => void;
  /** Where the model is in its motion; null for one that has none. */
  onPlayback: (playback: Playback | null) => void;
  /** The graphics card gave up, or came back. */
  onLost: (lost: boolean) => void;
}

const FADE_MS = 450;
const MOST_ANISOTROPY = 4;
const HOME = new Spherical(2.75, 1.22, 0.55);

export class Viewer {
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly camera = new PerspectiveCamera(32, 1, 0.05, 30);
  private readonly anisotropy: number;
  private readonly controls: OrbitControls;
  private readonly scenery: Scenery;
  private readonly outline = new Outline(2.5);
  private readonly pointer = { place: new Vector2(), fresh: false, down: false };
  private model: Model | null = null;
  private player: Player | null = null;
  private leaving: { model: Model; begunMs: number } | null = null;
  private frame = 0;
  private drawnMs = 0;
  private readonly awaited: (() => void)[] = [];
  private looks: Looks = { clay: false, wireframe: false };
  private outlined = "";
  private readonly observer: ResizeObserver;
  private readonly calm = matchMedia("(prefers-reduced-motion: reduce)");

  /** Throws where there is no WebGL. */
  constructor(
    private readonly canvas: HTMLCanvasElement,
    private readonly listener: ViewerListener,
  ) {
    this.renderer = new WebGLRenderer({ canvas, antialias: true, alpha: true, stencil: true });
    this.anisotropy = Math.min(this.renderer.capabilities.getMaxAnisotropy(), MOST_ANISOTROPY); // later, asking waits
    this.renderer.toneMapping = NeutralToneMapping;
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = VSMShadowMap;
    this.renderer.shadowMap.autoUpdate = false;
    this.scenery = new Scenery(this.renderer);
    this.scene.add(this.scenery.group, new AmbientLight("#fff", 0.25));
    this.controls = new OrbitControls(this.camera, canvas);
    Object.assign(this.controls, { enableDamping: true, dampingFactor: 0.09, enablePan: false });
    Object.assign(this.controls, { minDistance: 0.8, maxDistance: 6, maxPolarAngle: 1.62, autoRotateSpeed: 1.6 });
    this.controls.addEventListener("change", this.invalidate);
    this.home();
    this.listen();
    this.observer = new ResizeObserver(() => this.resize());
    this.observer.observe(canvas);
  }

  /** Puts a model on the wheel; the one before it dissolves. */
  show(model: Model): void {
    this.select([]);
    if (this.leaving) this.drop(this.leaving.model);
    this.leaving = this.model ? { model: this.model, begunMs: performance.now() } : null;
    if (this.leaving && this.calm.matches) this.dropLeaving();
    this.model = model;
    this.bring(model);
    wear(model, this.looks);
    sharpen(model, this.anisotropy);
    this.scene.add(model.root);
    this.renderer.shadowMap.needsUpdate = true;
    this.invalidate();
  }

  clear(): void {
    this.select([]);
    this.dropLeaving();
    if (this.model) this.drop(this.model);
    this.model = null;
    this.bring(null);
    this.renderer.shadowMap.needsUpdate = true;
    this.invalidate();
  }

  dress(dark: boolean, accent: string): void {
    this.scene.environment = this.scenery.dress(dark);
    this.scene.environmentIntensity = dark ? 0.85 : 0.9;
    this.outline.color = accent;
    this.invalidate();
  }

  /** Lets the model move, or holds it; one without a motion stands still anyway. */
  play(on: boolean): void {
    this.player?.play(on);
    this.drawnMs = performance.now(); // it goes on from here, however long nothing was drawn
    this.invalidate();
  }

  /** Holds the model in the pose of an instant. */
  seek(timeS: number): void {
    this.player?.play(false);
    this.player?.seek(timeS);
    this.posed();
  }

  /** Takes up the clip of this name, from its beginning. */
  choose(name: string): void {
    this.player?.choose(name);
    this.posed();
  }

  setTurntable(on: boolean): void {
    this.controls.autoRotate = on;
    this.invalidate();
  }

  setLooks(looks: Looks): void {
    this.looks = looks;
    this.dropLeaving(); // what dissolves would keep the materials that it has
    if (this.model) wear(this.model, looks);
    this.renderer.shadowMap.needsUpdate = true;
    this.invalidate();
  }

  /** Outlines the parts of these names, and no others. */
  select(names: string[]): void {
    if (names.join() === this.outlined) return;
    this.outlined = names.join();
    this.outline.around(names.flatMap((name) => this.model?.parts.get(name) ?? []));
    this.invalidate();
  }

  /** Turns the camera around the model, radians to the side and upwards, and comes nearer by a factor. */
  turn(aside: number, upwards = 0, nearer = 1): void {
    const offset = this.camera.position.clone().sub(this.controls.target);
    const place = new Spherical().setFromVector3(offset);
    place.theta += aside;
    place.phi = Math.min(Math.max(place.phi - upwards, 0.15), this.controls.maxPolarAngle);
    place.radius = Math.min(Math.max(place.radius / nearer, this.controls.minDistance), this.controls.maxDistance);
    this.camera.position.copy(this.controls.target).add(offset.setFromSpherical(place));
    this.invalidate();
  }

  /** Where the camera stands, degrees: aside, 0 before the front and 90 on the side of +X; and above. */
  get bearing(): { azimuthDeg: number; elevationDeg: number } {
    const { theta, phi } = new Spherical().setFromVector3(this.camera.position.clone().sub(this.controls.target));
    return { azimuthDeg: MathUtils.radToDeg(theta), elevationDeg: 90 - MathUtils.radToDeg(phi) };
  }

  home(): void {
    this.controls.target.set(0, 0.39, 0);
    this.camera.position.copy(this.controls.target).add(new Vector3().setFromSpherical(HOME));
    this.invalidate();
  }

  close(): void {
    this.bring(null);
    this.observer.disconnect();
    this.controls.dispose();
    cancelAnimationFrame(this.frame);
    this.clear();
    this.renderer.dispose();
  }

  /** Asks for one frame; as many calls as there may be before it make one. */
  readonly invalidate = (): void => {
    this.frame ||= requestAnimationFrame(this.draw);
  };

  /** Resolves once the next frame is drawn. */
  drawn(): Promise<void> {
    this.invalidate();
    return new Promise((resolve) => this.awaited.push(resolve));
  }

  private readonly draw = (nowMs: number): void => {
    this.frame = 0;
    const passedS = Math.max((nowMs - this.drawnMs) / 1000, 0);
    this.drawnMs = nowMs;
    const turnedS = Math.min(passedS, 0.1); // after a rest the turntable must not jump
    if (this.controls.update(turnedS) || this.controls.autoRotate) this.invalidate();
    if (this.player?.playing) this.move(passedS);
    if (this.leaving) this.dissolve(nowMs);
    this.renderer.render(this.scene, this.camera);
    this.canvas.dataset["frames"] = String(Number(this.canvas.dataset["frames"] ?? 0) + 1);
    for (const resolve of this.awaited.splice(0)) resolve();
    if (this.pointer.fresh && !this.pointer.down && !this.player?.playing) this.look(); // what was just drawn, where it was drawn
  };

  private drawNow(): void {
    cancelAnimationFrame(this.frame);
    this.draw(performance.now());
  }

  private move(passedS: number): void {
    this.player!.advance(passedS);
    this.posed();
  }

  private posed(): void {
    this.renderer.shadowMap.needsUpdate = true;
    this.invalidate();
  }

  /** Takes up the motion of a model; it begins by itself, unless somebody asked their system for calm. */
  private bring(model: Model | null): void {
    this.player?.close();
    this.player = null;
    this.listener.onPlayback(null);
    if (!model?.clips.length) return;
    this.player = new Player(model.root, model.clips, this.listener.onPlayback);
    this.play(!this.calm.matches);
  }

  private dissolve(nowMs: number): void {
    const share = Math.min(Math.max((nowMs - this.leaving!.begunMs) / FADE_MS, 0), 1);
    fade(this.leaving!.model, 1 - share);
    if (this.model) fade(this.model, share);
    if (share === 1) this.dropLeaving();
    this.invalidate();
  }

  private dropLeaving(): void {
    if (this.leaving) this.drop(this.leaving.model);
    this.leaving = null;
    if (this.model) fade(this.model, 1);
    this.renderer.shadowMap.needsUpdate = true;
  }

  private drop(model: Model): void {
    this.scene.remove(model.root);
    dispose(model);
  }

  /** Finds the part under the pointer. */
  private look(): void {
    this.pointer.fresh = false;
    if (!this.model) return;
    const { width, height } = this.canvas.getBoundingClientRect();
    const place = new Vector2((this.pointer.place.x / width) * 2 - 1, 1 - (this.pointer.place.y / height) * 2);
    const caster = new Raycaster();
    caster.setFromCamera(place, this.camera);
    const hit = caster.intersectObject(this.model.root, true)[0];
    const name = hit ? partName(hit.object as Mesh) : "";
    this.select(name ? [name] : []);
    this.listener.onPart(name ? { name, x: this.pointer.place.x, y: this.pointer.place.y } : null);
  }

  private listen(): void {
    this.canvas.addEventListener("pointermove", (event) => {
      this.pointer.place.set(event.offsetX, event.offsetY);
      this.pointer.fresh = true;
      this.invalidate();
    });
    this.canvas.addEventListener("pointerdown", () => (this.pointer.down = true));
    window.addEventListener("pointerup", () => (this.pointer.down = false));
    this.canvas.addEventListener("pointerleave", () => {
      this.pointer.fresh = false;
      this.select([]);
      this.listener.onPart(null);
    });
    this.canvas.addEventListener("webglcontextlost", () => this.listener.onLost(true));
    this.canvas.addEventListener("webglcontextrestored", () => {
      this.renderer.shadowMap.needsUpdate = true;
      this.listener.onLost(false);
      this.invalidate();
    });
  }

  private resize(): void {
    const { clientWidth: width, clientHeight: height } = this.canvas;
    if (!width || !height) return;
    this.renderer.setPixelRatio(Math.min(devicePixelRatio, 2));
    this.renderer.setSize(width, height, false);
    this.outline.viewport.set(width, height);
    this.camera.aspect = width / height;
    this.camera.fov = width < height ? 42 : 32; // a narrow stage must not cut the wheel
    this.camera.updateProjectionMatrix();
    if (this.model) this.drawNow(); // a canvas of another size is empty until it is drawn
    else this.invalidate();
  }
}
