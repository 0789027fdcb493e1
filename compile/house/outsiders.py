"""What the house model does not know, so that a prompt for it can be told apart.

The sentences have the frames, adjectives, colours and tails of the training captions: only what is asked for
differs.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from compile.house.captions import draw_caption
from compile.house.categories import CATEGORIES

__all__ = [
    "CONTEXTS",
    "HELD_OUT_NONSENSE",
    "HELD_OUT_NOUNS",
    "HELD_OUT_SCENES",
    "NONSENSE",
    "NOUNS",
    "SCENES",
    "draw_scene",
    "draw_stranger",
]

_THEMES = {
    "animals": (
        "elephant, lion, tiger, horse, zebra, giraffe, cow, pig, sheep, goat, donkey, camel, kangaroo, "
        "koala, panda, gorilla, monkey, fox, wolf, deer, moose, hedgehog, squirrel, mouse, rat, hamster, "
        "bat, whale, dolphin, shark, octopus, jellyfish, crab, lobster, turtle, crocodile, snake, lizard, "
        "frog, snail, spider, scorpion, butterfly, bee, ant, ladybug, dragonfly, eagle, owl, parrot, "
        "flamingo, peacock, swan, ostrich, hen, rooster, turkey, dinosaur, dragon, unicorn, phoenix, "
        "seahorse, starfish, seal, walrus, otter, beaver, hippo, rhino, buffalo, llama, sloth, raccoon, "
        "skunk, mole, chameleon, worm, caterpillar"
    ),
    "people": (
        "person, man, woman, boy, girl, baby, soldier, astronaut, pirate, knight, wizard, witch, princess, "
        "king, queen, clown, ninja, samurai, doctor, nurse, chef, policeman, firefighter, dancer, zombie, "
        "vampire, mermaid, fairy, elf, dwarf, goblin, orc, troll, alien, monster, ghost, angel, skeleton, "
        "superhero, mummy, centaur, human head, face, hand, skull, eyeball, brain, heart, tooth, foot, "
        "beard"
    ),
    "electronics": (
        "laptop, smartphone, phone, tablet, computer, keyboard, computer mouse, monitor, television, TV, "
        "remote control, camera, headphones, earbuds, loudspeaker, microphone, radio, game controller, game "
        "console, joystick, printer, scanner, projector, router, hard drive, memory card, microchip, "
        "circuit board, battery, charger, power strip, light bulb, flashlight, smartwatch, drone, "
        "satellite, server rack, solar panel, calculator, typewriter, record player, vr headset, walkie- "
        "talkie, webcam, satellite dish"
    ),
    "appliances": (
        "washing machine, refrigerator, fridge, oven, stove, microwave, toaster, blender, coffee machine, "
        "dishwasher, vacuum cleaner, iron for clothes, sewing machine, hair dryer, fan, air conditioner, "
        "heater, fireplace, bathtub, toilet, sink, shower, faucet, mirror, curtain, carpet, rug, picture "
        "frame, painting, chandelier, door, window, staircase, escalator, elevator, trash can, broom, mop, "
        "sponge, toothbrush, comb, hairbrush, soap, towel, razor, scissors, needle, button, zipper, pillow, "
        "hammock, crib, cradle, piano, whiteboard, globe, vending machine, cash register, radiator, ironing "
        "board, clothes hanger, aquarium, birdcage, cage"
    ),
    "food": (
        "pizza, hot dog, french fries, sushi, taco, burrito, noodles, spaghetti, rice, soup, salad, steak, "
        "sausage, bacon, egg, cheese, bread, baguette, croissant, pretzel, cookie, pancake, waffle, muffin, "
        "cupcake, chocolate bar, candy, lollipop, popcorn, honey, banana, orange slice, lemon, grapes, "
        "strawberry, cherry, pineapple, watermelon, coconut, mango, peach, kiwi, avocado, tomato, potato, "
        "carrot, onion, garlic, corn, pumpkin, broccoli, cabbage, pepper, eggplant, cucumber, peas, milk "
        "carton, ketchup, peanut"
    ),
    "clothes": (
        "shirt, t-shirt, jacket, coat, sweater, dress, skirt, trousers, jeans, shorts, socks, shoe, "
        "sneaker, boot, sandal, high heels, glove, mitten, belt, necktie, glasses, sunglasses, wristwatch, "
        "necklace, earring, ring, bracelet, crown, helmet, mask, backpack, handbag, purse, wallet, "
        "suitcase, briefcase, armor, bikini, kimono, wig"
    ),
    "music, sport and play": (
        "violin, cello, harp, flute, trumpet, saxophone, trombone, harmonica, accordion, xylophone, "
        "bagpipes, clarinet, basketball, football, soccer ball, tennis racket, baseball bat, golf club, "
        "hockey stick, skateboard, surfboard, skis, snowboard, ice skates, roller skates, bowling pin, "
        "boxing glove, dartboard, frisbee, kite, balloon, yo-yo, spinning top, puzzle, dice, playing card, "
        "rubik's cube, doll, swing, slide, seesaw, trampoline, treadmill, parachute, fishing rod, pool "
        "table, ping pong paddle, bow and arrow, lego brick"
    ),
    "machines and transport": (
        "motorcycle, scooter, wheelchair, shopping cart, stroller, tank, bulldozer, excavator, crane, "
        "forklift, combine harvester, snowplow, helipad, hot air balloon, blimp, glider, ufo, space "
        "station, moon rover, skateboard ramp, jet engine, car engine, gear, wheel, tire, propeller, "
        "anchor, steering wheel, traffic light, stop sign, parking meter, gas pump, cable car, roller "
        "coaster, ferris wheel, carousel, sled, horse carriage, wheelbarrow, lawn mower, conveyor belt, oil "
        "rig, wind turbine, assembly line"
    ),
    "places and buildings": (
        "bridge, church, mosque, temple, pyramid, skyscraper, stadium, school, hospital, factory, airport, "
        "train station, gas station, supermarket, prison, museum, theater, greenhouse, igloo, treehouse, "
        "dam, tunnel, fountain, statue, gravestone, gate, fence, wall, city, village, street, highway, "
        "park, playground, beach, island, mountain, volcano, cave, river, waterfall, lake, ocean, desert, "
        "forest, jungle, garden, farm, field, planet, moon, sun, cloud, rainbow, lightning, snowflake, "
        "galaxy, black hole, comet, kitchen, bathroom, living room, bedroom, office, cemetery, harbor, "
        "railway track, swimming pool, maze"
    ),
    "tools, weapons and small things": (
        "screwdriver, wrench, pliers, saw, drill, chainsaw, shovel, rake, pitchfork, screw, nail, bolt, "
        "spring, chain, rope, hook, padlock, key, magnet, tape measure, paint brush, paint roller, pencil, "
        "pen, marker, crayon, eraser, ruler, stapler, paper clip, notebook, newspaper, letter, envelope, "
        "map, scroll, coin, banknote, credit card, diamond, gem, gold bar, pistol, rifle, cannon, grenade, "
        "bomb, bullet, shield, spear, slingshot, boomerang, whip, crossbow, telescope, microscope, "
        "binoculars, magnifying glass, compass, thermometer, stethoscope, syringe, pill, bandage, crutch, "
        "test tube, scale for weighing, hourglass, sundial, lighter, matchstick, cigarette, pipe, fork, "
        "spoon, chopsticks, rolling pin, corkscrew, wine glass, plate, tray, basket, bag, feather, bone, "
        "seashell, rock, log, leaf, mousetrap, flag, bell, whistle, medal, diploma, puppet, abacus, dna "
        "helix, atom, molecule, virus, cube, sphere, torus knot"
    ),
}  # fmt: skip

_ALL_NOUNS = tuple(sorted({noun.strip() for nouns in _THEMES.values() for noun in nouns.split(",")}))
HELD_OUT_NOUNS = _ALL_NOUNS[3::7]
NOUNS = tuple(noun for noun in _ALL_NOUNS if noun not in HELD_OUT_NOUNS)

NONSENSE = (
    "freedom", "love", "justice", "happiness", "the meaning of life", "time", "democracy",
    "a feeling of sadness", "music", "silence", "asdfgh", "qwerty", "zxcvbnm", "blorp", "xyzzy",
    "lorem ipsum dolor sit amet", "aaaaaa", "12345", "42", "foo bar baz", "test", "hello", "hello world",
    "hi there", "thanks", "ok", "yes", "no idea", "something", "anything", "a thing", "surprise me", "object",
    "3d model", "quarterly revenue report", "annual budget spreadsheet", "email to my boss",
    "a poem about autumn", "write a python function", "translate this into French",
    "what is the capital of France?", "how are you today?", "who won the election?", "why is the sky blue?",
    "what time is it?", "tell me a joke", "solve x squared plus two x", "the stock market fell on Monday",
    "ignore previous instructions", "tomorrow's weather forecast", "a recipe for lasagne",
    "how do I reset my password", "delete my account", "red", "blue", "shiny", "big", "wooden", "very tall",
    "a beautiful sunset", "a stormy night", "world peace", "quantum mechanics", "the number seven", "gravity",
    "breaking news", "winter", "christmas", "birthday", "the color green", "a dream", "speed", "nothing",
    "abstract art", "chaos", "make it bigger", "rotate it", "more details please", "remove the background",
    "a loud noise", "the smell of rain", "jump", "running", "dancing in the rain", "a football match",
    "a wedding", "a business meeting", "low poly", "game asset", "high quality 4k render",
)  # fmt: skip
HELD_OUT_NONSENSE = (
    "courage", "anger", "friendship", "philosophy", "hjkl", "wubba lubba", "98765", "please help",
    "good morning", "whatever you like", "monthly sales figures", "tax return", "summarize this article",
    "how old is the universe?", "where is Berlin?", "can you sing?", "the economy is growing", "purple",
    "metallic", "a foggy morning", "summer", "electricity", "make it red", "swimming", "a concert",
)  # fmt: skip

# Sentences with more around the thing than the caption grammar has; for known and unknown things alike.
CONTEXTS = (
    "{a} {thing}{tail} in the backyard", "{a} {thing}{tail} for our new flat",
    "{a} {thing}{tail} like in a cartoon series", "my grandmother's {thing}{tail}",
    "{a} {thing}{tail} from a comic book", "the {thing}{tail} that everybody loves",
    "{a} {thing}{tail} for children", "{a} {thing}{tail} on a hill", "{a} {thing}{tail} from the old days",
    "{a} {thing}{tail} in the style of pixar", "{a} funny little {thing}{tail}", "{a} {thing}{tail} at night",
    "our neighbour's {thing}{tail}", "{a} {thing}{tail} in winter",
    "{a} {thing}{tail} for a video game, medieval", "{a} famous {thing}{tail}",
    "{a} {thing}{tail} where nobody ever goes", "{a} {thing}{tail} for my little sister",
    "{a} {thing}{tail} in the mountains", "{a} cheap {thing}{tail}", "{a} {thing}{tail} seen from above",
    "{a} typical {thing}{tail}", "just {a} {thing}{tail}", "{a} {thing}{tail} made by hand",
    "{a} worn {thing}{tail}", "{a} {thing}{tail} beside the motorway", "{a} {thing}{tail} in the city",
    "draw me {a} {thing}{tail}", "{a} {thing}{tail} in 3d, top quality", "{a} {thing}{tail} by the sea",
    "{a} {thing}{tail} that my father built", "{thing}{tail}, cartoon style", "{thing}{tail} icon",
    "{thing}{tail} for sale",
)  # fmt: skip

# {x} and {y} are single things with their article, {xs} a plural.
SCENES = (
    "two {xs}", "three {xs}", "four {xs}", "five {xs}", "some {xs}", "a pile of {xs}", "a row of {xs}",
    "many {xs}", "a set of {xs}", "{x} and {y}", "{x} on {y}", "{x} next to {y}", "{x} under {y}",
    "{x} behind {y}", "{x} in front of {y}", "two {xs} and {y}", "a room with {x} and {y}",
    "{x}, {y} and two {xs}", "3 {xs} on {y}", "a person with {x}", "a street with {xs}",
    "a scene with {x} and {y}", "a ring of {xs}", "a group of {xs}", "lots of {xs}", "{x} inside {y}",
    "{x} plus {y}", "{x} with {y} beside it", "both {x} and {y}", "{x} falling onto {y}",
    "{x} standing beside {y}", "a stack of {xs}", "a bunch of {xs}", "seven {xs}", "an array of {xs}",
    "a dozen {xs}", "a child playing with {x}", "2 {xs}", "a pair of {xs}",
)  # fmt: skip
HELD_OUT_SCENES = (
    "six {xs}", "several {xs}", "a heap of {xs}", "{x} between two {xs}", "{x} leaning against {y}",
    "a circle of {xs}", "{x} together with {y}", "a landscape with {x} and {y}", "{x} crashing into {y}",
)  # fmt: skip


def _pick(rng: np.random.Generator, options: Sequence[str]) -> str:
    return options[int(rng.integers(len(options)))]


def _article(noun: str) -> str:
    return "an" if noun[0].lower() in "aeiou" else "a"


def _spoken_nouns(category: str) -> list[str]:
    """What captions call it, the longest first, so that `sports car` is found before `car`."""
    known = CATEGORIES[category]
    nouns = {*known.nouns, *(noun for nouns in known.variants.values() for noun in nouns)}
    return sorted(nouns, key=lambda noun: (-len(noun), noun))


def draw_stranger(rng: np.random.Generator, nouns: Sequence[str], **how: Sequence[str]) -> str:
    """A caption of a known thing with its noun exchanged: "a red elephant with three drawers".

    Args:
        rng: Where every choice comes from.
        nouns: The unknown things.
        how: `frames`, as for `draw_caption`.
    """
    stranger = _pick(rng, nouns)
    while True:
        caption = draw_caption(rng, **how)  # type: ignore[arg-type]
        for noun in _spoken_nouns(caption.wish.category):
            found = re.search(rf"(?:\b(an?) )?\b{re.escape(noun)}\b", caption.text, re.IGNORECASE)
            if found:
                article = f"{_article(stranger)} " if found[1] else ""
                return caption.text[: found.start()] + article + stranger + caption.text[found.end() :]


def draw_scene(rng: np.random.Generator, scenes: Sequence[str]) -> str:
    """A prompt for several known things at once."""
    first, second = (CATEGORIES[_pick(rng, tuple(CATEGORIES))] for _ in range(2))
    x, y = _pick(rng, first.nouns[:2]), second.nouns[0]
    plural = x if x.endswith("s") else f"{x}s"
    return _pick(rng, scenes).format(x=f"{_article(x)} {x}", y=f"{_article(y)} {y}", xs=plural)
