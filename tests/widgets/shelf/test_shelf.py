"""What Python lays down in the page: each thing once, no more than fit, the nearest for longest."""

from __future__ import annotations

import random
from typing import Any

import pytest

from lessons_lib.widgets.shelf import shelf as module
from lessons_lib.widgets.shelf.shelf import Shelf, packed
from lessons_lib.widgets.stage.scene import Shelved


class Page:
    """What a page would have after the messages it got."""

    def __init__(self) -> None:
        self.scenes: dict[str, dict[str, Any]] = {}
        self.pixels: dict[str, bytes] = {}
        self.messages: list[dict[str, Any]] = []

    def take(self, content: dict[str, Any], buffers: list[bytes]) -> None:
        self.messages.append(content)
        if content.get("clear"):
            self.scenes.clear()
            self.pixels.clear()
        if "scene" in content:
            names = content["pixels"]
            first = len(buffers) - len(names)
            self.pixels |= dict(zip(names, buffers[first:], strict=True))
            self.scenes[content["scene"]["key"]] = content["scene"]
        for key in content.get("drop", ()):
            self.scenes.pop(key)
        used = {pane["pixels"] for scene in self.scenes.values() for pane in scene["panes"]}
        self.pixels = {name: data for name, data in self.pixels.items() if name in used}
        assert used == set(self.pixels), "a pane has no pixels"


def shelved(key: str, *pixels: tuple[str, int], exact: bool = True) -> Shelved:
    panes = [{"name": f"pane-{n}", "pixels": name} for n, (name, _) in enumerate(pixels)]
    scene = {"key": key, "panes": panes, "exact": exact}
    return Shelved(scene, {name: bytes(size) for name, size in pixels})


def test_a_picture_that_many_states_share_is_sent_once() -> None:
    page = Page()
    shelf = Shelf(page.take)
    for step in range(3):
        key = f"state {step}"
        assert shelf.lay(key, shelved(key, ("photo", 900), (f"output {step}", 50)), [key])
    assert [message["pixels"] for message in page.messages] == [
        ["photo", "output 0"],
        ["output 1"],
        ["output 2"],
    ]
    assert 900 + 3 * 50 < shelf.size < 900 + 3 * 50 + 600


def test_for_a_nearer_state_the_oldest_that_nobody_wants_goes_first_then_the_furthest() -> None:
    page = Page()
    shelf = Shelf(page.take, limit=5000)
    for key in ("old", "older still wanted", "far", "near"):
        shelf.lay(key, shelved(key, (key, 1000)), [key])
    ranked = ["near", "new", "older still wanted", "far"]
    assert shelf.lay("new", shelved("new", ("new", 1000)), ranked)
    assert set(page.scenes) == {"older still wanted", "far", "near", "new"}
    assert shelf.lay("newer", shelved("newer", ("newer", 1000)), ["newer", *ranked])
    assert set(page.scenes) == {"older still wanted", "near", "new", "newer"}
    assert len(shelf) == 4
    assert shelf.size <= 5000


def test_a_state_further_away_than_all_that_are_there_finds_no_room() -> None:
    page = Page()
    shelf = Shelf(page.take, limit=2500)
    ranked = ["a", "b", "c"]
    assert shelf.lay("a", shelved("a", ("a", 1000)), ranked[:1])
    assert shelf.lay("b", shelved("b", ("b", 1000)), ranked[:2])
    assert not shelf.lay("c", shelved("c", ("c", 1000)), ranked)
    assert set(page.scenes) == {"a", "b"}
    assert (shelf.holds("b"), shelf.holds("c")) == (True, False)


def test_pixels_stay_while_another_state_shows_them() -> None:
    page = Page()
    shelf = Shelf(page.take, limit=2600)
    shelf.lay("a", shelved("a", ("photo", 1000), ("one", 300)), ["a"])
    shelf.lay("b", shelved("b", ("photo", 1000), ("two", 300)), ["b"])
    assert shelf.lay("c", shelved("c", ("photo", 1000), ("three", 900)), ["b", "c"])
    assert "a" not in page.scenes
    assert set(page.pixels) == {"photo", "two", "three"}


def test_an_exact_state_takes_the_place_of_its_preview() -> None:
    page = Page()
    shelf = Shelf(page.take)
    shelf.lay("a", shelved("a", ("coarse", 100), exact=False), ["a"])
    assert (shelf.holds("a"), shelf.holds("a", exact=True)) == (True, False)
    shelf.lay("a", shelved("a", ("fine", 400)), ["a"])
    assert shelf.holds("a", exact=True)
    assert set(page.pixels) == {"fine"}
    assert shelf.size < 400 + 200


def test_a_state_is_there_when_the_page_has_said_so() -> None:
    shelf = Shelf(Page().take)
    shelf.lay("a", shelved("a", ("a", 10)), ["a"])
    assert (shelf.holds("a"), shelf.is_there("a")) == (True, False)
    shelf.arrived(1)
    assert shelf.is_there("a")
    assert not shelf.is_there("b")


def test_no_more_is_sent_than_the_line_can_carry_beside_an_answer(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "FLYING_BYTES", 1000)
    shelf = Shelf(Page().take)
    shelf.lay("a", shelved("a", ("a", 2000)), ["a"])
    assert shelf.crowded
    shelf.arrived(1)
    assert not shelf.crowded
    for step in range(module.FLYING):
        assert not shelf.crowded
        shelf.lay(f"{step}", shelved(f"{step}", (f"small {step}", 1)), [f"{step}"])
    assert shelf.crowded


def test_a_state_that_is_too_large_is_not_laid_down(monkeypatch: pytest.MonkeyPatch) -> None:
    page = Page()
    monkeypatch.setattr(module, "LARGEST", 1000)
    shelf = Shelf(page.take)
    assert not shelf.lay("a", shelved("a", ("a", 2000)), ["a"])
    assert page.messages == []


def test_a_shelf_that_is_forgotten_is_empty_on_both_sides() -> None:
    page = Page()
    shelf = Shelf(page.take)
    shelf.lay("a", shelved("a", ("a", 100)), ["a"])
    shelf.forget()
    assert (len(shelf), shelf.size, page.scenes, page.pixels) == (0, 0, {}, {})
    shelf.forget()
    assert len(page.messages) == 2, "an empty shelf needs no word"
    shelf.lay("a", shelved("a", ("a", 100)), ["a"])
    assert set(page.pixels) == {"a"}


def test_random_states_never_pass_the_limit_and_both_sides_agree() -> None:
    generator = random.Random(4)
    page = Page()
    shelf = Shelf(page.take, limit=6000)
    names = [f"p{n}" for n in range(12)]
    sizes = {name: 100 + 137 * n for n, name in enumerate(names)}
    for _ in range(600):
        key = f"k{generator.randrange(40)}"
        panes = [(name, sizes[name]) for name in generator.sample(names, 3)]
        ranked = [f"k{n}" for n in generator.sample(range(40), 20)]
        exact = generator.random() < 0.5
        shelf.lay(key, shelved(key, *panes, exact=exact), [*ranked[:10], key, *ranked[10:]])
        assert {each for each in page.scenes if shelf.holds(each)} == set(page.scenes)
        assert len(page.scenes) == len(shelf)
        held = sum(len(data) for data in page.pixels.values())
        assert held < shelf.size <= 6000


def test_bytes_go_beside_the_scene_in_the_order_of_their_numbers() -> None:
    scene = {"links": [{"rows": b"ab", "name": "x"}, {"rows": b"cde"}], "key": "k", "none": None}
    data, buffers = packed(scene)
    assert buffers == [b"ab", b"cde"]
    assert data["links"] == [{"rows": {"buffer": 0}, "name": "x"}, {"rows": {"buffer": 1}}]
    assert (data["key"], data["none"]) == ("k", None)
