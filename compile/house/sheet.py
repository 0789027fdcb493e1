"""`python -m compile.house.sheet`: what the house model makes of 48 fixed prompts, and a sheet of failures.

Seed 0, nothing chosen: every prompt of the list is shown. The failures are prompts outside the grammar whose
shape the judge takes for something else or for broken.
"""

from __future__ import annotations

import argparse
import textwrap
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw, ImageFont

from compile.house.categories import CATEGORIES
from compile.house.corpus import CORPUS_FOLDER
from compile.house.judge import judge_shapes, load_judge
from compile.house.network import PartsFlow
from compile.house.prompts import TEST_PROMPTS
from compile.house.sampling import Sampling, encode_rows, sample_shapes
from compile.house.train import load_trained
from serve.fields.meshing import mesh_parts
from serve.fields.repair import repair_contacts
from serve.geometry.parts import PartSet
from serve.render import PictureSettings, frame_bounds, render_picture

__all__ = ["PROMPTS", "contact_sheet", "failures", "main"]

# One for each of 48 categories, said as the caption grammar would or freely.
PROMPTS = (
    "a red chair with white legs", "a comfy green armchair for reading", "blue sofa with three seats",
    "pub bar stool", "a round glass table", "computer desk with three drawers",
    "a wide white dresser with four drawers", "bookcase stuffed with novels",
    "a purple bed with a pink blanket", "bench in a city park", "a yellow house with a red roof",
    "a fairy-tale castle with four towers", "a black lighthouse with white stripes", "dutch windmill",
    "an orange tent", "old stone wishing well", "a tall pine tree", "saguaro cactus in an orange pot",
    "a red mushroom with a white stem", "daisy with eight petals", "a snowman with a blue scarf",
    "friendly toy robot with two antennas", "a brown teddy bear with a red bow", "golden retriever puppy",
    "a black cat with white ears", "easter bunny", "a yellow rubber duck with an orange beak",
    "penguin chick", "an orange fish with white fins", "fast blue sports car", "a red fire truck",
    "yellow school bus", "a green tractor with a yellow cab", "old steam locomotive",
    "a white airplane with blue wings and two engines", "rescue helicopter", "a silver rocket with red fins",
    "pirate ship with white sails", "a pink bicycle with a black saddle", "yellow submarine",
    "a blue table lamp with a gold base", "my favourite coffee mug", "a green glass bottle with a brown cork",
    "japanese teapot", "a pink cake with white icing and three tiers", "double cheeseburger",
    "a golden trophy with a black base", "acoustic guitar",
)  # fmt: skip

_COLUMN_COUNT = 8
_PICTURE_PX = 192
_LINE_PX = 13
_STRIP_PX = 2 * _LINE_PX + 6
_PAPER, _INK = (250, 250, 248), (40, 40, 44)


def _picture(shape: PartSet) -> Image.Image:
    mesh = mesh_parts(repair_contacts(shape), resolution=96, poly_count=20_000)
    lower, upper = mesh.bounds
    camera = frame_bounds(lower, upper, azimuth_deg=32.0, elevation_deg=22.0)
    settings = PictureSettings(width=_PICTURE_PX, height=_PICTURE_PX, sample_count=4)
    return Image.fromarray(render_picture(mesh, camera, settings))


def _write_caption(draw: ImageDraw.ImageDraw, left: int, top: int, caption: str) -> None:
    font = ImageFont.load_default(size=11)
    for line, text in enumerate(textwrap.wrap(caption, width=34)[:2]):
        draw.text((left + 4, top + 2 + line * _LINE_PX), text, fill=_INK, font=font)


def contact_sheet(
    shapes: Sequence[PartSet], captions: Sequence[str], column_count: int = _COLUMN_COUNT
) -> Image.Image:
    """Pictures in rows, each with its caption beneath, 192 px wide each."""
    row_count = -(-len(shapes) // column_count)
    sheet = Image.new("RGB", (column_count * _PICTURE_PX, row_count * (_PICTURE_PX + _STRIP_PX)), _PAPER)
    draw = ImageDraw.Draw(sheet)
    for index, (shape, caption) in enumerate(zip(shapes, captions, strict=True)):
        row, column = divmod(index, column_count)
        left, top = column * _PICTURE_PX, row * (_PICTURE_PX + _STRIP_PX)
        sheet.paste(_picture(shape), (left, top))
        _write_caption(draw, left, top + _PICTURE_PX, caption)
    return sheet


def failures(network: PartsFlow, how: Sampling, most: int = 12) -> tuple[list[PartSet], list[str]]:
    """The first shapes of prompts outside the grammar that the judge refuses, and what it took them for."""
    names = (*CATEGORIES, "broken")
    shapes = sample_shapes(network, encode_rows([prompt.text for prompt in TEST_PROMPTS]), 0, how)
    judged = [names[index] for index in judge_shapes(load_judge(), shapes)]
    missed = [i for i, prompt in enumerate(TEST_PROMPTS) if judged[i] != prompt.category][:most]
    return [shapes[i] for i in missed], [f"{TEST_PROMPTS[i].text} ({judged[i]})" for i in missed]


def main() -> None:
    """Draw both sheets."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--checkpoint", type=Path, default=CORPUS_FOLDER / "train.pt")
    parser.add_argument("--guidance", type=float, default=Sampling().guidance)
    parser.add_argument("--steps", type=int, default=Sampling().step_count)
    parser.add_argument("--out", type=Path, default=Path("docs/house-model"))
    options = parser.parse_args()
    torch.set_num_threads(1)
    how = Sampling(options.guidance, options.steps)
    network = load_trained(options.checkpoint)
    options.out.mkdir(parents=True, exist_ok=True)
    shapes = sample_shapes(network, encode_rows(PROMPTS), 0, how)
    contact_sheet(shapes, PROMPTS).save(options.out / "samples.png", optimize=True)
    missed, captions = failures(network, how)
    if missed:
        contact_sheet(missed, captions, 6).save(options.out / "failures.png", optimize=True)
    print(f"{options.out}/samples.png; {len(missed)} failures")


if __name__ == "__main__":
    main()
