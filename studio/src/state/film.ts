/** A film in words: what it measures, and what was asked of it. */
import type { FilmReport, FilmRequest } from "../api/film";
import { count, counted, seconds, short, size } from "../words";

/** What codecs are called, by how their names begin. */
const CODECS: [prefix: string, name: string][] = [
  ["avc1", "H.264"],
  ["hvc1", "H.265"],
  ["av01", "AV1"],
  ["vp9", "VP9"],
  ["vp09", "VP9"],
  ["gif", "GIF"],
  ["png", "PNG"],
];

export function codecOf({ codec }: FilmReport): string {
  return CODECS.find(([prefix]) => codec.startsWith(prefix))?.[1] ?? codec;
}

/** In a line: "120 frames, 512 × 512, H.264". */
export function gistOf(film: FilmReport): string {
  return `${counted(film.frame_count, "frame")}, ${film.width} × ${film.height}, ${codecOf(film)}`;
}

/** Name and value of what everybody asks for. */
export function measuresOf(film: FilmReport): [string, string][] {
  const codec = codecOf(film);
  const exact = film.codec.includes(".") ? `${codec}, ${film.codec}` : codec;
  return [
    ["Length", seconds(film.duration_s)],
    ["Frames", `${count(film.frame_count)}, ${trimmed(film.fps)} a second`],
    ["Picture", `${count(film.width)} × ${count(film.height)} pixels`],
    ["Coding", exact],
    ["Bit rate", rate(film.bitrate_bps)],
    ["File", size(film.byte_count)],
  ];
}

/** What was asked, for the story. */
export function askedOf(request: FilmRequest): [string, string][] {
  const { motion, camera, light, background } = request;
  const speed = motion.speed === 1 ? "" : `, ${trimmed(motion.speed)} times as fast`;
  const from = `from ${trimmed(camera.azimuth_deg)}° aside, ${trimmed(camera.elevation_deg)}° up`;
  return [
    ["Of", request.text_to_3d?.prompt ?? `asset ${short(request.asset!)}`],
    ["Motion", motion.preset + speed],
    ["Camera", camera.move === "keyframes" ? "along keyframes" : `${camera.move}, ${from}`],
    ["Quality", request.quality],
    ["Light", light.preset],
    ["Background", background.kind === "light" ? "of the light" : background.kind],
  ];
}

function rate(bitsPerS: number): string {
  return bitsPerS < 1e6 ? `${(bitsPerS / 1e3).toFixed(0)} kbit/s` : `${(bitsPerS / 1e6).toFixed(1)} Mbit/s`;
}

/** A number without more digits than it needs: 30, 23.976. */
function trimmed(value: number): string {
  return String(Number(value.toFixed(3)));
}
