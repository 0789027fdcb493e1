/** What the service is asked of a film, and what a film measures: `ThreeDToVideoRequest`, `FilmReport` in /openapi.json. */
import type { TextTo3dRequest } from "./requests";

export interface CameraPath {
  move: string;
  azimuth_deg: number;
  elevation_deg: number;
  turns: number;
}

export interface FilmRequest {
  /** Digest of a mesh; null where a sentence is made first. */
  asset: string | null;
  text_to_3d: TextTo3dRequest | null;
  quality: string;
  width: number | null;
  height: number | null;
  fps: number;
  duration_s: number;
  codec: string;
  camera: CameraPath;
  motion: { preset: string; speed: number; turns: number };
  light: { preset: string };
  background: { kind: string; color: string | null; color_end: string | null };
}

export interface FilmReport {
  width: number;
  height: number;
  fps: number;
  frame_count: number;
  duration_s: number;
  /** As browsers name it: `avc1.64001f`. */
  codec: string;
  bitrate_bps: number;
  byte_count: number;
}
