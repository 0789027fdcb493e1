import assert from "node:assert/strict";
import { test } from "node:test";
import { AnimationClip, BoxGeometry, Group, Mesh, NumberKeyframeTrack, VectorKeyframeTrack } from "three";
import { type Playback, Player, reachOf } from "../src/viewer/player";

/** A box of one metre that goes up by three in two seconds, and over and over; or grows once, in one. */
function lift() {
  const box = Object.assign(new Mesh(new BoxGeometry()), { name: "box" });
  const scene = new Group().add(box);
  const rise = new AnimationClip("rise", -1, [new VectorKeyframeTrack("box.position", [0, 2], [0, 0, 0, 0, 3, 0])]);
  const grow = new AnimationClip("grow", -1, [new NumberKeyframeTrack("box.scale[y]", [0, 1], [1, 2])]);
  grow.userData["loops"] = false;
  return { box, scene, clips: [rise, grow] };
}

function playing() {
  const told: Playback[] = [];
  const { box, scene, clips } = lift();
  const player = new Player(scene, clips, (playback) => told.push(playback));
  return { box, player, last: () => told.at(-1)! };
}

test("a clip that loops goes on from its beginning", () => {
  const { box, player, last } = playing();
  player.play(true);
  player.advance(1.5);
  assert.equal(box.position.y, 2.25);
  player.advance(1);
  assert.deepEqual([last().timeS, last().playing, box.position.y], [0.5, true, 0.75]);
});

test("one that does not stays at its end, and is played again from its beginning", () => {
  const { box, player, last } = playing();
  player.choose("grow");
  player.play(true);
  player.advance(7);
  assert.deepEqual([last().timeS, last().playing, box.scale.y], [1, false, 2]);
  player.play(true);
  assert.deepEqual([last().timeS, last().playing, box.scale.y], [0, true, 1]);
});

test("another clip begins with what the one before left alone at rest", () => {
  const { box, player, last } = playing();
  player.seek(2);
  assert.equal(box.position.y, 3);
  player.choose("grow");
  assert.equal(box.position.y, 0);
  assert.deepEqual([last().name, last().durationS, last().names], ["grow", 1, ["rise", "grow"]]);
});

test("a time outside of the clip is its nearest end", () => {
  const { player, last } = playing();
  player.seek(9);
  assert.equal(last().timeS, 2);
  player.seek(-1);
  assert.equal(last().timeS, 0);
});

test("the reach of a scene is all that its clips do, and they leave it at rest", () => {
  const { box, scene, clips } = lift();
  const reach = reachOf(scene, clips);
  assert.deepEqual([reach.min.y, reach.max.y], [-1, 3.5]);
  assert.deepEqual([box.position.y, box.scale.y], [0, 1]);
});
