/** A model's motion: which clip, how far it is, and the pose of that instant. It draws nothing itself. */
import { type AnimationAction, type AnimationClip, AnimationMixer, Box3, type Object3D, SkinnedMesh } from "three";

/** What the page shows of the motion. */
export interface Playback {
  /** The clips by name, and which of them is chosen. */
  names: string[];
  name: string;
  durationS: number;
  timeS: number;
  playing: boolean;
}

const SAMPLE_COUNT = 9; // of a clip, to see how far it reaches

export class Player {
  private readonly mixer: AnimationMixer;
  private action!: AnimationAction;
  private timeS = 0;
  private isPlaying = false;

  /** The model stands in the first pose of its first clip; there must be one. */
  constructor(
    private readonly root: Object3D,
    private readonly clips: AnimationClip[],
    private readonly onChange: (playback: Playback) => void,
  ) {
    this.mixer = new AnimationMixer(root);
    this.choose(clips[0]!.name);
  }

  get playing(): boolean {
    return this.isPlaying;
  }

  choose(name: string): void {
    this.mixer.stopAllAction(); // what the next clip leaves alone is at rest again
    this.action = this.mixer.clipAction(this.clips.find((clip) => clip.name === name) ?? this.clips[0]!).play();
    this.seek(0);
  }

  /** Plays on, from the beginning where it has come to the end; or stops where it is. */
  play(on: boolean): void {
    this.isPlaying = on;
    if (on && this.timeS >= this.durationS) this.seek(0);
    else this.tell();
  }

  seek(timeS: number): void {
    this.timeS = Math.min(Math.max(timeS, 0), this.durationS);
    this.action.time = this.timeS;
    this.mixer.update(0); // poses alone: it would loop and end as it likes
    forgetBounds(this.root);
    this.tell();
  }

  /** Goes on by so much; a clip that does not loop ends at its last pose. */
  advance(passedS: number): void {
    const timeS = this.timeS + passedS;
    const loops = this.action.getClip().userData["loops"] !== false && this.durationS > 0;
    if (!loops && timeS >= this.durationS) this.isPlaying = false;
    this.seek(loops ? timeS % this.durationS : timeS);
  }

  close(): void {
    this.mixer.stopAllAction();
    this.mixer.uncacheRoot(this.root);
  }

  private get durationS(): number {
    return this.action.getClip().duration;
  }

  private tell(): void {
    const { timeS, durationS, playing } = this;
    this.onChange({ names: this.clips.map(({ name }) => name), name: this.action.getClip().name, durationS, timeS, playing });
  }
}

/** The box around all that a scene does, as seen at some instants of its clips. It is left at rest. */
export function reachOf(scene: Object3D, clips: AnimationClip[]): Box3 {
  const box = new Box3().setFromObject(scene, true);
  const mixer = new AnimationMixer(scene);
  for (const clip of clips) {
    const action = mixer.clipAction(clip).play();
    for (let sample = 0; sample < SAMPLE_COUNT; sample++) {
      action.time = (clip.duration * sample) / (SAMPLE_COUNT - 1);
      mixer.update(0);
      scene.updateMatrixWorld(true);
      box.union(new Box3().setFromObject(scene, true));
    }
    action.stop();
  }
  mixer.uncacheRoot(scene);
  scene.updateMatrixWorld(true);
  forgetBounds(scene);
  return box;
}

/** Bounds of a skinned mesh are those of one pose, and are found again when somebody points at it. */
function forgetBounds(root: Object3D): void {
  root.traverse((node) => {
    if (node instanceof SkinnedMesh) Object.assign(node, { boundingBox: null, boundingSphere: null });
  });
}
