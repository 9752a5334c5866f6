"""A lab on the page: panel and stage, hanging on one frozen set of parameters."""

from __future__ import annotations

import base64
import functools
import logging
import threading
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import ipywidgets

from lessons_lib.kit.cover import Cover
from lessons_lib.kit.cover import covered as what_is_seen
from lessons_lib.kit.keys import state_key
from lessons_lib.kit.result import IllegalSettingError, LabDefinition, Result
from lessons_lib.kit.state import state_words
from lessons_lib.machine.memory import give_back_unused_memory
from lessons_lib.reader.progress import found_target
from lessons_lib.visualization.sheet import beyond_words, sheet_png
from lessons_lib.widgets.lab.ahead import Ahead
from lessons_lib.widgets.lab.cells import close_earlier_labs, watch_cells
from lessons_lib.widgets.lab.clicks import set_by_click
from lessons_lib.widgets.lab.more import Chosen, in_sight
from lessons_lib.widgets.lab.pace import Pace, measured_beside, measured_milliseconds, when_free
from lessons_lib.widgets.lab.panel import Panel
from lessons_lib.widgets.saved.buffers import Buffers
from lessons_lib.widgets.saved.needs_kernel import GAME, words_data
from lessons_lib.widgets.saved.one_lab import PAGE_BYTES, save_lab
from lessons_lib.widgets.saved.saved_lab import SavedLab
from lessons_lib.widgets.shared.still import still_where_unwatched
from lessons_lib.widgets.stage.scene import SceneWriter, State
from lessons_lib.widgets.stage.scene_data import probe_data
from lessons_lib.widgets.stage.stage import Stage
from lessons_lib.widgets.work.job import running_loop

ROLL_CALL_SECONDS = 3.0  # so long a view may take to answer

log = logging.getLogger(__name__)


class Lab(ipywidgets.VBox):
    """One live experiment.

    Args:
        definition: the lab as plain data, from `lessons_lib.labs`.
        controls: which controls stand in sight: names of parameters, or "all"; the others wait
            under "more". Where nothing is said, the lab chooses, and shows those of `settings`.
        ahead: whether the states that the hand may come to next are worked out while it rests, and
            laid down in the page; see `lessons_lib.widgets.shelf`.
        covered: whether output, formula and sentence are covered from the beginning; see `cover`.
        settings: parameters that differ from the lesson's start, by name; `picture` may be a
            name, a path or a `Picture`.

    Raises:
        TypeError: a setting has no such parameter.
        ValueError: a value that its control cannot show, or no such control.
    """

    def __init__(
        self,
        definition: LabDefinition,
        *,
        controls: Chosen = None,
        ahead: bool = True,
        covered: bool = False,
        **settings: Any,
    ) -> None:
        self._definition = definition
        settings = self._checked(settings)
        sight = in_sight(definition.controls, controls, settings)
        self.lock = threading.RLock()
        self._writer = SceneWriter(Cover() if covered else None)
        self.stage = Stage(definition.look)
        self._first: Any = None  # the parameters it began with
        self.exact = True  # whether the stage has the exact picture of `params`
        self._settled = False  # True once the hand has rested for the first time
        self.params: Any = None
        self._result: Result | None = None
        self.panel = Panel(definition, self, settings, sight)
        works_ahead = ahead and definition.ahead
        self._ahead = Ahead(self, definition, self.panel, self._writer, self.stage, works_ahead)
        self._pace = Pace(
            self.lock, lambda: self._guarded(self._make_exact), lambda: self._guarded(self._rest)
        )
        stage_host = ipywidgets.Box([self.stage])
        stage_host.add_class("lesson-stage-host")
        self.stage.add_class("lesson-stage-host")
        super().__init__([self.panel.header, self.panel.controls, stage_host])
        self.add_class("lesson-lab")
        self.add_class(f"lesson-lab-{definition.name}")
        self.panel.move(settings, self.panel.plain)
        self._show(self.panel.read())
        self._listen()
        watch_cells()
        close_earlier_labs(self)

    # --- settings -------------------------------------------------------------------------------

    def set(self, **settings: Any) -> None:
        """Move controls from Python, all at once, as the buttons do.

        Args:
            settings: parameters by name.

        Raises:
            TypeError: a setting has no such parameter.
            ValueError: a value that its control cannot show.
        """
        with self.lock:
            try:
                self.panel.move(self._checked(settings), self.params)
            except Exception:
                self.panel.move({}, self.params)  # back to where the others stand
                raise
            self._update()

    def reset(self) -> None:
        """Go back to the settings this lab began with."""
        defaults = {field.name: getattr(self._first, field.name) for field in fields(self._first)}
        with self.lock:
            self.panel.works.forget()
            self.set(**defaults)
        self.stage.send({"type": "reset"})  # what only the page knows of goes back as well

    def cover(
        self, panes: Iterable[str] | None = None, *, formula: bool = True, sentence: bool = True
    ) -> None:
        """Cover what the reader is to guess, also for screen readers and in the static picture.

        Args:
            panes: their names; None: all those of the output.
            formula: whether the formula and the cost are covered.
            sentence: whether the sentence is covered.

        Raises:
            ValueError: there is no such pane now.
        """
        names = None if panes is None else tuple(panes)
        shown = [pane.name for pane in self.result.panes] if self.result else []
        for name in names or ():
            if name not in shown:
                raise ValueError(f"`panes` (={name!r}) must be out of {', '.join(shown)}")
        self._cover(Cover(names, formula, sentence))

    def uncover(self) -> None:
        """Show what was covered."""
        self._cover(None)

    @property
    def is_covered(self) -> bool:
        """Whether something is covered now."""
        return self._writer.cover is not None

    def _cover(self, cover: Cover | None) -> None:
        with self.lock:
            if cover == self._writer.cover:
                return
            self._writer.cover = cover
            self._ahead.begin_anew()
            self.stage.probe = {}
            self._show(self.params)

    def _checked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        names = [field.name for field in fields(self._definition.params)]
        for name in settings:
            if name not in names:
                raise TypeError(f"`{name}` is no setting of this lab; it has {', '.join(names)}")
        return dict(settings)

    # --- what the browser says ------------------------------------------------------------------

    def _listen(self) -> None:
        self._first = self.params
        self.panel.listen(self._on_control)
        self.stage.observe(self._on_pointer, names="pointer")
        self.stage.on_msg(self._on_message)

    def _on_control(self, change: Any) -> None:
        self.by_hand(lambda: self._moved(self.panel.name_of(change["owner"])))

    def _moved(self, control: str) -> None:
        """Take the move of a control by a hand."""
        params = self.panel.works.without_outdated(self.params, self.panel.read())
        if params == self.params:
            return
        if self._ahead.shows(control, params):
            self._skip(params)
        else:
            self._show(params, hurry=True)
        self.held(control)

    def by_hand(self, action: Callable[[], None]) -> None:
        """Act on a moved control, unless the lab itself moves it.

        The lock comes first: another thread may be drawing, and what it does quietly must not
        swallow the hand's move on this one.
        """
        with self.lock:
            if not self.panel.quiet:
                self._guarded(action)

    def _on_pointer(self, _change: Any) -> None:
        def look() -> None:
            for name, value in self._looked_at().items():
                setattr(self.stage, name, value)

        self._guarded(look)

    def _looked_at(self) -> dict[str, Any]:
        """Give the numbers under the microscope, for the newest pointer and the newest scene."""
        at = self.stage.pointer
        if "row" not in at or self._result is None:
            return {}
        seen = what_is_seen(self._result, self._writer.cover)
        microscope = seen.microscope(at["pane"])
        if microscope is None:
            return {}
        probe = microscope.look(at["row"], at["column"])
        pane = self._result.pane(microscope.output)
        return {"probe": probe_data(probe, self.state_of(self.params).key, pane)}

    def _on_message(self, _stage: Any, content: Mapping[str, Any], _buffers: Any) -> None:
        if content.get("type") == "apply":
            self._guarded(lambda: self.set(**self.panel.spelled_out(content["settings"])))
        elif content.get("type") == "click":
            self._guarded(lambda: self._clicked(content["pane"], content["row"], content["column"]))
        elif content.get("type") == "released":
            self._guarded(lambda: self._let_go(content["name"], content["value"]))
        elif content.get("type") == "room":
            self._guarded(lambda: self._take_room(content["view"], content["boxes"]))
        elif content.get("type") == "gone":
            self._guarded(lambda: self._fit(lambda: self._writer.rooms.leave(content["view"])))
        else:
            self._guarded(lambda: self._ahead.take(content))

    def _take_room(self, view: str, boxes: Mapping[str, Any]) -> None:
        """Note the rooms of a view; a new one has nothing on its shelf."""

        def take() -> None:
            if self._writer.rooms.take(view, boxes):
                self._call_roll()
                self._ahead.begin_anew()

        self._fit(take)

    def _fit(self, change: Callable[[], object]) -> None:
        """Change the rooms, and show the present state for them; only a preview is made anew.

        The key names the rooms, so the stage must know them even where smaller pixels would do.
        """
        before = self._writer.rooms.name
        change()
        if self._writer.rooms.name == before or not self._writer.rooms.views:
            return
        self._ahead.begin_anew()
        if not self.exact and self._result is not None:
            self._show(self.params, hurry=True)  # a preview is as coarse as its room allows
        elif self._result is not None:
            state = self.state_of(self.params)
            traits = self._writer.write_again(self._result, self.exact, state)
            traits |= self._looked_at()
            if self.stage.timing["key"] == self.stage.scene["key"]:
                traits["timing"] = {**self.stage.timing, "key": state.key}
            self._put_on_stage(traits)

    def _call_roll(self) -> None:
        """Ask all views whether they are still there: some vanish without a word."""
        loop = running_loop()
        asked = None if loop is None else self._writer.rooms.call_roll()
        if loop is not None and asked is not None:
            self.stage.send({"type": "roll_call"})
            missed = functools.partial(self._fit, lambda: self._writer.rooms.miss(asked))
            loop.call_later(ROLL_CALL_SECONDS, when_free, loop, self.lock, missed)

    def _clicked(self, pane: str, row: int, column: int) -> None:
        shown = self.result.panes if self.result else ()
        clicked = next((each for each in shown if each.name == pane), None)
        if clicked is not None:
            specs = {name: binding.spec for name, binding in self.panel.bindings.items()}
            names = {field.name for field in fields(self._definition.params)}
            self.set(**set_by_click(clicked, row, column, names, specs))

    def _let_go(self, name: str, value: float) -> None:
        """Make the picture exact for the value at which a slider was let go.

        ipywidgets may still hold that value back; it comes by itself, and changes nothing then. The
        page knows it only rounded, so this is for whole numbers.
        """
        if not self.panel.is_whole(name):
            return
        self._change(replace(self.panel.read(), **{name: round(value)}))
        loop = running_loop()
        if loop is not None and not self.exact:
            loop.call_soon(lambda: self._guarded(self._make_exact))  # after the preview is sent

    # --- long work --------------------------------------------------------------------------------

    def run(self, work: str) -> None:
        """Do long work to its end before going on, as a script or a static page needs it.

        Args:
            work: its name, such as "training".

        Raises:
            ValueError: this lab has no such work.
            Exception: what goes wrong in it; the lab stays usable.
        """
        self.panel.works[work].run(self.params)

    def start(self, work: str) -> None:
        """Begin long work in its own thread, as its button does; see `run`."""
        with self.lock:
            self.panel.works[work].start(self.params)

    def stop(self, work: str) -> None:
        """End long work after its present step, as its button does; see `run`."""
        with self.lock:
            self.panel.works[work].stop()

    def forget(self, work: str) -> None:
        """End long work and take back what it has found, as its reset button does; see `run`."""
        with self.lock:
            self.panel.works[work].forget()
            self.keep(work, None)

    def keep(self, name: str, found: Any) -> None:
        """Set a parameter that has no control."""
        with self.lock:
            self.panel.keep(name, found)
            # Not what the controls say: one that was let go may not have told its last value yet.
            self._change(replace(self.params, **{name: found}))
            self.panel.mark_presets(self.params)  # no rest until the work ends

    def show_again(self) -> None:
        """Show the present parameters anew: what they need may have been found meanwhile."""
        self._show(self.params)
        self.panel.mark_presets(self.params)  # no rest until the work ends

    # --- from parameters to pixels ----------------------------------------------------------------

    def _update(self) -> None:
        self._change(self.panel.read())

    def _change(self, params: Any) -> None:
        params = self.panel.works.without_outdated(self.params, params)
        if params != self.params:
            self._show(params, hurry=True)

    def _show(self, params: Any, hurry: bool = False) -> None:
        with self.lock, self.panel.silence():
            self.params = params
            self._result = None  # its memory is used again for the next result
            self.exact = True
            state = self.state_of(params)
            try:
                self._result, self.exact = self._compute(params, hurry)
                traits = self._writer.write(self._result, self.exact, state)
                traits |= self._looked_at()
            except IllegalSettingError as error:
                traits = self._writer.write_refusal(error, state.key)
            if self.stage.crash:
                traits["crash"] = ""
            traits |= self._ahead.new_moves()
            self._put_on_stage(traits)
            self.panel.show_or_hide(params)
            self._rest_later()

    @property
    def result(self) -> Result | None:
        """What is shown; None where the setting is refused, and in a lab that was closed."""
        with self.lock:
            if self._result is None and not self.exact:
                self._show(self.params)
            return self._result

    def _skip(self, params: Any) -> None:
        """Go to a state that the page shows by itself; it is computed when the hand rests there."""
        self.params = params
        self._result = None
        self.exact = False
        with self.panel.silence():
            self.panel.show_or_hide(params)
        self._rest_later()

    def state_of(self, params: Any) -> State:
        """Name the state that these parameters are in the present rooms."""
        controls = self._definition.controls
        cover = self._writer.cover
        seen = self._writer.rooms.name + (f".{cover.word}" if cover else "")
        key = state_key(controls, params, seen)
        return State(key, state_words(controls, params))

    def held(self, control: str) -> None:
        """A hand has moved a control, or pressed a button of a row, of this name."""
        self._ahead.moved(control)

    def _put_on_stage(self, traits: Mapping[str, Any]) -> None:
        """Give the stage its new traits in one message."""
        with self.stage.hold_sync():
            for name, value in traits.items():
                setattr(self.stage, name, value)

    def _compute(self, params: Any, hurry: bool) -> tuple[Result, bool]:
        """Give the exact result, or a preview where it is wanted and can be followed up.

        What would take seconds is worked out in a thread instead, but not for the first picture:
        a static page keeps that one.
        """
        if self._first is not None and running_loop() is not None:
            meanwhile = self.panel.works.meanwhile(params)
            if meanwhile is not None:
                return meanwhile, True
        if (
            hurry
            and running_loop() is not None
            and (coarse := self._ahead.previewed(params)) is not None
        ):
            return coarse, False
        return self._definition.compute(params), True

    def _guarded(self, action: Any) -> None:
        """Run a callback; what goes wrong in it is shown in the lab and written to the log."""
        try:
            with self.lock:
                action()
        except Exception as error:
            self.crashed(error)

    def crashed(self, error: BaseException) -> None:
        """Show an error in the lab and write it to the log."""
        log.error("lab %s failed", self._definition.name, exc_info=error)
        self.stage.crash = "".join(traceback.format_exception(error))

    # --- when the hand rests ----------------------------------------------------------------------

    def _rest_later(self) -> None:
        loop = running_loop()
        if loop is None:
            self.panel.mark_presets(self.params)  # a plain script: nobody waits for milliseconds
            self._count()
        else:
            self._pace.moved(loop, self.exact)

    def _make_exact(self) -> None:
        if not self.exact:
            self._show(self.params)

    def _rest(self) -> None:
        self.panel.mark_presets(self.params)
        self._count()
        self._measure()
        if not self._settled:
            self._settled = True
            give_back_unused_memory()

    def _count(self) -> None:
        """Let a target that is hit count."""
        if self._result is not None and self._result.reached:
            found_target(self._definition.function, self.params.level)

    def _measure(self) -> None:
        if self._result is None or self._result.layer is None:
            return
        timing: dict[str, Any] = {"key": self.state_of(self.params).key}
        if self._result.compared is None:
            timing["milliseconds"] = measured_milliseconds(self._result.layer)
        else:
            own, other = measured_beside(self._result.layer, self._result.compared.layer)
            timing |= {"milliseconds": own, "compared": other}
        self.stage.timing = timing

    # --- static pages and the end -----------------------------------------------------------------

    def save_page(
        self,
        path: str | Path,
        vary: Collection[str] | str | None = None,
        *,
        limit: int = PAGE_BYTES,
    ) -> None:
        """Write this lab into one HTML file that lives in any browser, without a kernel.

        The page begins at the present settings. It holds the states to which one control leads
        from there, or from the settings of one of the lab's buttons. They are computed now: a
        hundred of them may take ten seconds and more.

        Args:
            path: of the file, such as "stride.html"; one that is there is replaced.
            vary: names of the controls that move in the page, or one name; None: all that can.
            limit: bytes that the file may have.

        Raises:
            ValueError: there is no such control, the states do not fit, or the lab is covered.
            FileNotFoundError, IsADirectoryError: there is no such folder, or `path` is one.
        """
        if self.is_covered:
            raise ValueError("a covered lab stays covered in a page: call `uncover` first")
        sight = self.panel.sight
        save_lab(path, self._definition, self.params, vary=vary, limit=limit, sight=sight)

    def page_data(self, buffers: Buffers, limit: int) -> dict[str, Any]:
        """Give this lab for a page of several things, covered as it is now; of a game only words.

        Args:
            buffers, limit: see `SavedLab`.
        """
        definition = self._definition
        if definition.is_game:
            return words_data(GAME, f"{definition.function}()")
        wishes: dict[str, Any] = {"cover": self._writer.cover, "sight": self.panel.sight}
        return SavedLab(definition, self.params, buffers, limit=limit, **wishes).data()

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs)
        sentence = self.stage.scene.get("sentence", "")
        tiles = self._writer.rendered()
        png = sheet_png(tiles, sentence)
        text = f"{self._definition.title} lab. {sentence} {beyond_words(tiles)}".rstrip()
        still = {"text/plain": text, "image/png": base64.b64encode(png).decode("ascii")}
        return still_where_unwatched({**bundle, **still})

    def close(self) -> None:
        """Close the lab and every widget it made, so that nothing stays behind in the browser."""
        if hasattr(self, "panel"):  # not in a lab that could not begin
            self._pace.end()
            self._ahead.end()
            self.params = self.panel.works.end(self.params)
        for widget in _family(self):
            if widget is not self:
                widget.close()
        self._result = None  # whoever keeps a closed lab does not keep its pictures
        self.exact = True
        super().close()
        if hasattr(self, "panel") and self.panel.works:
            give_back_unused_memory()  # a training may have taken a lot


def _family(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    """List a widget with its children, their layouts and styles."""
    members = [widget]
    for name in ("layout", "style"):
        part = getattr(widget, name, None)
        if isinstance(part, ipywidgets.Widget):
            members.append(part)
    for child in getattr(widget, "children", ()):
        members.extend(_family(child))
    return members
