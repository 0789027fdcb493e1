// Where three.js puts the corners of all faces, by parts, at instants of an animation.
// Written without imports, for node and for a page: both hand in what they have of three.js.

export function posedCorners({ AnimationMixer, Vector3 }, { scene, animations }, name, timesS) {
  const mixer = new AnimationMixer(scene);
  const action = mixer.clipAction(animations.find((animation) => animation.name === name));
  action.play();
  return timesS.map((timeS) => {
    action.time = timeS;
    mixer.update(0);
    scene.updateMatrixWorld(true);
    return corners(scene, new Vector3());
  });
}

function corners(scene, place) {
  const found = {};
  scene.traverse((node) => {
    if (!node.isMesh) return;
    const { index, attributes } = node.geometry;
    const places = (found[node.userData.part] ??= []);
    for (let corner = 0; corner < index.count; corner++) {
      const vertex = index.getX(corner);
      place.fromBufferAttribute(attributes.position, vertex);
      if (node.isSkinnedMesh) node.applyBoneTransform(vertex, place);
      places.push(place.applyMatrix4(node.matrixWorld).toArray());
    }
  });
  return found;
}
