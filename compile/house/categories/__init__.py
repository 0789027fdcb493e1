"""What the house model knows: every category, one tuple a theme."""

from __future__ import annotations

from compile.house.categories.buildings import BUILDINGS
from compile.house.categories.craft import CRAFT
from compile.house.categories.creatures import CREATURES
from compile.house.categories.food import FOOD
from compile.house.categories.furniture import FURNITURE
from compile.house.categories.household import HOUSEHOLD
from compile.house.categories.objects import OBJECTS
from compile.house.categories.plants import PLANTS
from compile.house.categories.vehicles import VEHICLES
from compile.house.category import Category

__all__ = ["CATEGORIES"]

_ALL = (*BUILDINGS, *CRAFT, *CREATURES, *FOOD, *FURNITURE, *HOUSEHOLD, *OBJECTS, *PLANTS, *VEHICLES)

CATEGORIES: dict[str, Category] = {
    category.name: category for category in sorted(_ALL, key=lambda category: category.name)
}
