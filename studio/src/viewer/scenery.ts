/** The sculptor's studio around the model: soft boxes that light it, a lamp with a shadow, the wheel it stands on. */
import {
  BackSide,
  BoxGeometry,
  BufferGeometry,
  CircleGeometry,
  Color,
  DirectionalLight,
  Float32BufferAttribute,
  Group,
  LineBasicMaterial,
  LineSegments,
  Mesh,
  MeshBasicMaterial,
  PMREMGenerator,
  Scene,
  ShadowMaterial,
  type Texture,
  type WebGLRenderer,
} from "three";

interface Palette {
  room: string;
  floor: string;
  boxes: number;
  lamp: number;
  shadow: number;
  wheel: string;
}

const LIGHT: Palette = { room: "#c9cdcb", floor: "#aeb2b0", boxes: 5.5, lamp: 1.5, shadow: 0.26, wheel: "#8d9694" };
const DARK: Palette = { room: "#6b7473", floor: "#3c4343", boxes: 7.5, lamp: 2.1, shadow: 0.55, wheel: "#5f6967" };

const WHEEL_RADIUS = 0.74;
const TICK_COUNT = 72;

/** Everything in the scene but the model. */
export class Scenery {
  readonly group = new Group();
  readonly lamp = new DirectionalLight("#fff6ea");
  private readonly ground = new Mesh(new CircleGeometry(3, 48), new ShadowMaterial());
  private readonly wheel = new LineSegments(wheelLines(), new LineBasicMaterial({ transparent: true }));
  private readonly environments = new Map<boolean, Texture>();

  constructor(private readonly renderer: WebGLRenderer) {
    this.lamp.position.set(1.4, 2.6, 1.6);
    this.lamp.castShadow = true;
    this.lamp.shadow.mapSize.set(1024, 1024);
    this.lamp.shadow.radius = 7;
    this.lamp.shadow.blurSamples = 16;
    this.lamp.shadow.normalBias = 0.012;
    Object.assign(this.lamp.shadow.camera, { left: -1.2, right: 1.2, top: 1.2, bottom: -1.2, near: 0.5, far: 6 });
    this.ground.rotation.x = -Math.PI / 2;
    this.ground.receiveShadow = true;
    this.wheel.position.y = -0.001;
    this.group.add(this.ground, this.wheel, this.lamp);
  }

  /** Lights it for a light or a dark page; gives the surroundings that materials mirror. */
  dress(dark: boolean): Texture {
    const palette = dark ? DARK : LIGHT;
    this.lamp.intensity = palette.lamp;
    this.ground.material.opacity = palette.shadow;
    this.wheel.material.color.set(palette.wheel);
    let environment = this.environments.get(dark);
    if (!environment) {
      environment = surroundings(this.renderer, palette);
      this.environments.set(dark, environment);
    }
    return environment;
  }
}

/** The rim of a banding wheel with a tick every five degrees, longer every thirty. */
function wheelLines(): BufferGeometry {
  const points: number[] = [];
  for (let tick = 0; tick < TICK_COUNT; tick++) {
    const from = (tick / TICK_COUNT) * 2 * Math.PI;
    const to = ((tick + 1) / TICK_COUNT) * 2 * Math.PI;
    const length = tick % 18 === 0 ? 0.075 : tick % 6 === 0 ? 0.045 : 0.02;
    points.push(...onWheel(from, WHEEL_RADIUS), ...onWheel(to, WHEEL_RADIUS));
    points.push(...onWheel(from, WHEEL_RADIUS), ...onWheel(from, WHEEL_RADIUS - length));
  }
  return new BufferGeometry().setAttribute("position", new Float32BufferAttribute(points, 3));
}

function onWheel(angle: number, radius: number): [number, number, number] {
  return [Math.sin(angle) * radius, 0, Math.cos(angle) * radius];
}

/** A room with three soft boxes, blurred into what materials mirror: made here, so that no picture is fetched. */
function surroundings(renderer: WebGLRenderer, palette: Palette): Texture {
  const scene = new Scene();
  const box = new BoxGeometry();
  const add = (material: MeshBasicMaterial, place: [number, number, number], scale: [number, number, number]) => {
    const mesh = new Mesh(box, material);
    mesh.position.set(...place);
    mesh.scale.set(...scale);
    mesh.lookAt(0, 0, 0);
    scene.add(mesh);
  };
  add(new MeshBasicMaterial({ color: palette.room, side: BackSide }), [0, 0, 0.001], [12, 8, 12]);
  add(new MeshBasicMaterial({ color: palette.floor }), [0, -3.9, 0.001], [11, 11, 0.1]);
  const glow = new MeshBasicMaterial({ color: new Color(palette.boxes, palette.boxes, palette.boxes) });
  add(glow, [0, 3.8, 0.8], [4, 3, 0.1]);
  add(glow, [-5, 1.6, 2.2], [2, 3.4, 0.1]);
  add(glow, [4.6, 1.2, -3], [1.2, 3, 0.1]);
  const generator = new PMREMGenerator(renderer);
  const { texture } = generator.fromScene(scene, 0.03);
  generator.dispose();
  return texture;
}
