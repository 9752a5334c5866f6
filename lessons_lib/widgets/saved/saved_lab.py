"""A lab with its states as plain data, for a page without a kernel."""

from __future__ import annotations

import base64
import sys
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, fields
from itertools import chain, zip_longest
from typing import Any

from lessons_lib.kit.controls import (
    Choice,
    PictureChoice,
    Presets,
    Seed,
    Setting,
    Slider,
    Toggle,
    Work,
)
from lessons_lib.kit.cover import Cover, covered
from lessons_lib.kit.keys import state_key
from lessons_lib.kit.microscope import Microscope
from lessons_lib.kit.result import IllegalSettingError, LabDefinition, Result
from lessons_lib.kit.state import state_words
from lessons_lib.visualization.colours import TABLES, colour_table
from lessons_lib.widgets.lab.more import in_sight
from lessons_lib.widgets.saved.buffers import Buffers
from lessons_lib.widgets.saved.controls_data import Saved, controls_data, controls_note
from lessons_lib.widgets.saved.looked_at import looked_at_data
from lessons_lib.widgets.saved.replay import replays_of, without_outdated, works_data
from lessons_lib.widgets.saved.states import classic_settings, saved_states, saved_values
from lessons_lib.widgets.shelf.shelf import packed
from lessons_lib.widgets.stage.scene import SceneWriter, Shelved, State

ROOM = 260  # device pixels of a pane's height and width, for which pictures are saved
ROOMS = "saved"  # in place of the rooms' name in a key
# No other state is tried once so many in a row were too large, or one was and so small a part of
# the room is left: a state may take a second to compute.
TRIES = 20
FULL = 50


class SavedLab:
    """The states of a lab, as far as they fit.

    Args:
        definition: of the lab.
        start: the parameters at which the page begins.
        buffers: of the page.
        vary: names of the controls that move, or one name; None: all that can.
        limit: bytes by which the buffers may grow; the start itself is saved in any case.
        cover: what is covered until the page uncovers it; None: nothing.
        sight: names of the controls that stand in sight; None: those that the lab chooses.

    Attributes:
        wanted: how many states were to be saved.

    Raises:
        ValueError: there is no such control.
    """

    def __init__(
        self,
        definition: LabDefinition,
        start: Any,
        buffers: Buffers,
        vary: Collection[str] | str | None = None,
        limit: int = 2**20,
        *,
        cover: Cover | None = None,
        sight: Collection[str] | None = None,
    ) -> None:
        self._definition = definition
        self._start = start
        self._buffers = buffers
        self._scenes: list[dict[str, Any]] = []
        vary = (vary,) if isinstance(vary, str) else vary
        self._values = self._varied(vary)
        self._cover = cover
        self._chosen = vary is not None
        self._sight = in_sight(definition.controls) if sight is None else sight
        names = [each.name for each in definition.controls if isinstance(each, Work)]
        moving = {*self._values, *(name for name in names if vary is None or name in vary)}
        self._replays = replays_of(definition.controls, start, moving) if limit else []
        most, missed = buffers.size + limit, 0
        wanted = list(self._wanted())
        self.wanted = len(wanted)
        for params in wanted:
            fits = self._save(params, most if self._scenes else sys.maxsize)
            missed = 0 if fits else missed + 1
            if missed == TRIES or (missed and most - buffers.size < limit // FULL):
                break

    @property
    def states(self) -> int:
        """How many states are saved."""
        return len(self._scenes)

    @property
    def left_out(self) -> int:
        """How many states were to be saved and did not fit."""
        return self.wanted - self.states

    @property
    def varied(self) -> list[str]:
        """Names of the controls that move."""
        return list(self._values)

    def data(self) -> dict[str, Any]:
        """Give all but the buffers, as JSON knows it."""
        definition = self._definition
        used = {pane["table"] for scene in self._scenes for pane in scene["panes"]}
        used |= {
            name for scene in self._scenes for each in scene["looked_at"] for name in each["tables"]
        }
        tables = {
            name: base64.b64encode(colour_table(name)).decode() for name in TABLES if name in used
        }
        saved = Saved(
            definition.controls, definition.params(), self._start, self._values, self._sight
        )
        return {
            "kind": "lab",
            "name": definition.name,
            "title": definition.title,
            "function": definition.function,
            "look": asdict(definition.look),
            "tables": tables,
            "room": ROOM,
            "fields": [field.name for field in fields(self._start)],
            "controls": controls_data(saved),
            "note": controls_note(saved, self._chosen),
            "works": works_data(definition.controls, self._start, self._replays),
            "covered": self._cover is not None,
            "start": state_key(definition.controls, self._start, ROOMS),
            "scenes": self._scenes,
        }

    def _varied(self, vary: Collection[str] | None) -> dict[str, tuple[Any, ...]]:
        controls, start = self._definition.controls, self._start
        classic = classic_settings(controls, start)
        values = {}
        for spec in controls:
            if isinstance(spec, Presets) or not hasattr(start, spec.name):
                continue
            wanted = dict.fromkeys(getattr(each, spec.name) for each in classic)
            offered = saved_values(spec, getattr(start, spec.name), tuple(wanted))
            if len(offered) > 1:
                values[spec.name] = offered
        if vary is None:
            return values
        specs = [each for each in controls if not isinstance(each, Presets)]
        movable = [each.name for each in specs if _is_moved(each)]
        for name in vary:
            if name not in movable:
                raise ValueError(f"`vary` (={name!r}) must be out of {', '.join(movable)}")
        return {name: offered for name, offered in values.items() if name in vary}

    def _wanted(self) -> Iterator[Any]:
        """Give the parameters of the states to save, each once, the most wanted first.

        Steps of long work and moves of controls come in turn, so that there is room for both.
        """
        controls, start = self._definition.controls, self._start
        moved = saved_states(controls, start, self._values)
        states = (without_outdated(controls, start, each) for each in moved)
        replayed = chain.from_iterable(each.states(self._values) for each in self._replays)
        yield start
        in_turn = chain.from_iterable(zip_longest(states, replayed))
        seen = {state_key(controls, start, ROOMS)}
        for params in filter(None, in_turn):
            key = state_key(controls, params, ROOMS)
            if key not in seen:
                seen.add(key)
                yield params

    def _save(self, params: Any, most: int) -> bool:
        """Save a state; False where there is no room for it."""
        with self._buffers.trial(most) as fits:
            scene, *hidden = [self._placed(*each) for each in self._shelved(params)]
        if fits[0]:
            self._scenes.append({**scene, "covered": hidden[0]} if hidden else scene)
        return fits[0]

    def _placed(self, shelved: Shelved, microscopes: Sequence[Microscope]) -> dict[str, Any]:
        """Keep the buffers of a scene, and give the rest."""
        scene, buffers = packed(shelved.scene)
        places = [self._buffers.place(data) for data in buffers]
        for pane in scene["panes"]:
            shape = (pane["height"], pane["width"])
            pane["bytes"] = self._buffers.place(shelved.pixels[pane["pixels"]], shape)
        looked_at = looked_at_data(microscopes, self._buffers.place)
        return {**scene, "buffers": places, "looked_at": looked_at}

    def _shelved(self, params: Any) -> list[tuple[Shelved, Sequence[Microscope]]]:
        """Compute a state: as it is, then as it is covered, where it is."""
        controls = self._definition.controls
        state = State(state_key(controls, params, ROOMS), state_words(controls, params))
        try:
            result = self._definition.compute(params)
        except IllegalSettingError as error:
            return [(SceneWriter().shelved_refusal(error, state.key), ())]
        return [
            (_writer(each, result).shelved(result, True, state), covered(result, each).microscopes)
            for each in ((None, self._cover) if self._cover else (None,))
        ]


def _writer(cover: Cover | None, result: Result) -> SceneWriter:
    writer = SceneWriter(cover)
    writer.rooms.take("page", {pane.name: (ROOM, ROOM, 0) for pane in result.panes})
    return writer


def _is_moved(control: Setting) -> bool:
    """Say whether a page without a kernel can move a control, or replay it."""
    if isinstance(control, Work):
        return control.due is None
    return isinstance(control, Slider | Choice | Toggle | Seed | PictureChoice)
