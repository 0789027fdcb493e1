/** Which files the stage can show, without the code that reads them. */

export const READABLE = ["glb", "gltf", "obj", "ply", "stl", "zip"];
