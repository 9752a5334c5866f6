"""Look inside: from a feature map of the trained network back to the picture, and what moves it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from lessons_lib.images import Picture
from lessons_lib.kit import photo
from lessons_lib.kit.controls import (
    Choice,
    PictureChoice,
    Presets,
    Progress,
    Seed,
    Slider,
    Work,
    preset_maker,
)
from lessons_lib.kit.course import held_out_scenes
from lessons_lib.kit.layers.stack import receptive_links
from lessons_lib.kit.links import Links
from lessons_lib.kit.look import Look
from lessons_lib.kit.result import IllegalSettingError, LabDefinition, Pane, Result
from lessons_lib.kit.terms import Term
from lessons_lib.kit.vocabulary import Role
from lessons_lib.labs.look_inside import told
from lessons_lib.labs.look_inside.networks import (
    SCENES,
    TOGETHER,
    TRAINED,
    UNTRAINED,
    Inside,
    MapLayer,
    inside_of,
    maps_of,
    scene_picture,
)
from lessons_lib.segmentation.look_inside import (
    Place,
    Way,
    feature_maps,
    seen_part,
    strongest_place,
    ways_back,
)
from lessons_lib.segmentation.network import FCN
from lessons_lib.segmentation.patches import Patch, cut_out, patches_of
from lessons_lib.visualization.numbers import short_text

PATCHES = 9
ACROSS = 3  # so many patches stand in a row
STRONG = 0.99  # of the numbers that come back are within the colours
LAYERS = 7  # of the lesson's network
MOST_MAPS = 64

SOURCES = (("scene", "scene"), ("picture", "picture"))
WEIGHTS = (("trained", TRAINED), ("untrained", UNTRAINED))
PLACES = (("strongest", "strongest"), ("clicked", "clicked"))
NAMES: dict[Way, str] = {
    "deconvnet": "deconvnet",
    "gradient": "gradient",
    "guided": "guided",
    "none": "no ReLU",
}
WAY_OPTIONS = tuple((label, value) for value, label in NAMES.items())


@dataclass(frozen=True)
class LookInsideParams(photo.PictureParams):
    """The lesson starts with a map of the first layer, where a picture has made it largest."""

    network: FCN | None = None
    source: str = "scene"
    weights: str = TRAINED
    seed: int = 3
    scene: int = 0
    layer: int = 1
    channel: int = 0
    way: Way = "deconvnet"
    place: str = "strongest"
    row: int | None = None
    column: int | None = None
    clicked_layer: int = 0
    scenes: int = SCENES

    @property
    def shown_picture(self) -> Picture:
        """The picture that the network is given."""
        return scene_picture(self.scene) if self.source == "scene" else self.picture

    @property
    def inside(self) -> Inside:
        """The network that is looked into."""
        return inside_of(self.weights, self.seed, self.network)


@torch.inference_mode()
def compute(params: LookInsideParams) -> Result:
    """Go from one number of a map back to the picture, and show what moves the map most.

    Args:
        params: layer and channel are held within what the network has; place "strongest", where
            the map is largest, or "clicked", at row and column of a map of clicked_layer (0: of
            layer), and at the same place of the picture in other layers.

    Returns:
        Panes input, map, patches, seen, back and gradient; the last three show the window that
        the place sees.

    Raises:
        IllegalSettingError: the picture is too small for the layer.
        ValueError: the network has layers that the way back does not know.
    """
    search = params.inside.search
    while search.missing(params.scenes):
        search.advance()
    return _result(params)


@torch.inference_mode()
def meanwhile(params: LookInsideParams) -> Result:
    """Show the patches of the scenes that are searched so far."""
    return _result(params)


def due(params: LookInsideParams) -> bool:
    """Say whether there are scenes to be searched still."""
    return params.inside.search.missing(params.scenes) > 0


def search_on(params: LookInsideParams) -> Iterator[Progress]:
    """Search the scenes that are missing, some at a time."""
    search = params.inside.search
    while search.missing(params.scenes):
        search.advance()
        yield Progress(min(search.count, params.scenes), params.scenes)


def as_far_as_searched(params: LookInsideParams) -> Mapping[str, Any]:
    """Give the number of scenes that can be shown at once."""
    return {"scenes": max(TOGETHER, min(params.scenes, params.inside.search.count))}


def _result(params: LookInsideParams) -> Result:
    inside = params.inside
    layer = _layer(inside, params.layer)
    channel = min(params.channel, layer.maps - 1)
    feature_map = _maps(params, layer)[channel]
    place = _place(params, layer, feature_map)
    back, gradient = _returned(params, layer, channel, place, bool(feature_map[place]))
    size = params.shown_picture.image.shape
    found = inside.search.found(layer.index, params.scenes)
    state = told.State(params, inside, layer, channel, feature_map, place, back, gradient, found)
    return Result(
        panes=(
            _input_pane(state),
            _map_pane(state),
            _patches_pane(state),
            _seen_pane(state),
            _back_pane("back", f"way back, {NAMES[params.way]}", back, keepable=True),
            _back_pane("gradient", "gradient", gradient),
        ),
        sentence=told.sentence(state),
        formula=told.formula(state),
        code=told.code(state),
        copied=told.program(state),
        links=(_links(inside, layer, (size[-2], size[-1])),),
    )


# ------------------------------------------------------------------------------- what is computed


def _maps(params: LookInsideParams, layer: MapLayer) -> Tensor:
    try:
        return maps_of(params.inside, params.shown_picture, layer)
    except ValueError as error:
        raise _refusal(params, error) from error


def _refusal(params: LookInsideParams, error: ValueError) -> IllegalSettingError:
    """Explain that a picture is too small for so many layers, and name the deepest that works."""
    inside, picture = params.inside, params.shown_picture
    legal, refused = 0, len(inside.body)
    for number, layer in enumerate(inside.layers, start=1):
        try:
            maps_of(inside, picture, layer)
        except ValueError:
            refused = next(
                i for i in range(layer.index + 1) if not _goes_through(inside, picture, i)
            )
            break
        legal = number
    height, width = picture.image.shape[2:]
    is_pooling = isinstance(inside.body[refused], nn.MaxPool2d)
    which = "a pooling before this layer" if is_pooling else "a convolution up to this layer"
    return IllegalSettingError(
        str(error.__cause__ or error),
        f"A picture of {height} × {width} pixels is too small: {which} would leave nothing of it.",
        {"layer": legal} if legal else {"source": "scene"},
        (Term(f"nn.{inside.body[refused]}"),),
    )


def _goes_through(inside: Inside, picture: Picture, index: int) -> bool:
    try:
        feature_maps(inside.body, picture.image, index)
    except ValueError:
        return False
    return True


def _place(params: LookInsideParams, layer: MapLayer, feature_map: Tensor) -> Place:
    """Give the place of the largest number, or the one that was clicked, as far as there is one."""
    if params.place == "strongest" or params.row is None or params.column is None:
        return strongest_place(feature_map)
    clicked = _layer(params.inside, params.clicked_layer or params.layer)
    height, width = feature_map.shape
    row = _same_place(params.row, clicked.down, layer.down)
    column = _same_place(params.column, clicked.across, layer.across)
    return min(max(row, 0), height - 1), min(max(column, 0), width - 1)


def _same_place(i: int, then: tuple[int, int, int], now: tuple[int, int, int]) -> int:
    """Find the number of one layer whose field has its middle nearest to that of another's."""
    start, step, field = then
    middle = start + i * step + (field - 1) / 2
    start, step, field = now
    return round((middle - start - (field - 1) / 2) / step)


def _layer(inside: Inside, number: int) -> MapLayer:
    return inside.layers[min(number, len(inside.layers)) - 1]


def _returned(
    params: LookInsideParams, layer: MapLayer, channel: int, place: Place, moved: bool
) -> tuple[Tensor, Tensor]:
    """Go back from a place to the window that it sees, by ReLU as chosen, and by the gradient.

    Args:
        params: of the lab.
        layer, channel, place: where it begins.
        moved: whether there is anything but 0.

    Returns:
        twice (3, height, width).
    """
    if not moved:
        return torch.zeros(3, *layer.field), torch.zeros(3, *layer.field)
    body, image = params.inside.body, params.shown_picture.image
    size = (image.shape[-2], image.shape[-1])
    (top, left, height, width), within = seen_part(body, layer.index, place, size)
    part = image[..., top : top + height, left : left + width]
    found = ways_back(body, part, layer.index, channel, within, (params.way, "gradient"))
    begin, end, rows, columns = layer.window(place)
    window = (begin - top, end - left, rows, columns)
    return cut_out(found[params.way][0], window), cut_out(found["gradient"][0], window)


# ------------------------------------------------------------------------------------ what is shown


def _input_pane(state: told.State) -> Pane:
    """Show the picture, framed as far as the place sees it."""
    picture = state.params.shown_picture
    (top, left, height, width), size = state.window, picture.image.shape
    begin, end = max(top, 0), max(left, 0)
    rows, columns = min(top + height, size[2]) - begin, min(left + width, size[3]) - end
    return photo.photo_pane(
        picture,
        title=picture.name,
        marked=() if state.is_zero else ((begin, end, rows, columns),),
        note="click a place of the map",
    )


def _map_pane(state: told.State) -> Pane:
    """Show the map: from black, 0, to white; with colours where it has no ReLU."""
    values = state.feature_map
    low, high = (float(each) for each in torch.aminmax(values))
    signed = low < 0
    row, column = state.place
    return Pane(
        "map",
        f"{state.layer.name}, map {state.channel} of 0–{state.layer.maps - 1}",
        "output",
        values,
        "map",
        tuple(values.shape),
        "signed" if signed else "grey",
        value_range=None if signed else (0.0, high or 1.0),
        marked=() if state.is_zero else ((row, column, 1, 1),),
        click_sets=("row", "column"),
        click_also={"place": "clicked", "clicked_layer": state.params.layer},
        note=_map_note(state),
    )


def _map_note(state: told.State) -> str:
    """Say the number at the place: so short that it stands beside the colours."""
    row, column = state.place
    return "0 everywhere" if state.is_zero else f"{short_text(state.value)} at ({row}, {column})"


def _seen_pane(state: told.State) -> Pane:
    """Show the window of the place, enlarged; nothing where the map has no place of its own."""
    if state.is_zero:
        grey = torch.full((3, *state.layer.field), 0.5)
        return _small("seen", "what it sees", "input", grey, note="no place to look at")
    image = state.params.shown_picture.image[0]
    part = cut_out(image, state.window)
    is_inside = cut_out(torch.ones_like(image), state.window).all()
    note = "" if is_inside else "black: beyond the picture"
    return _small("seen", "what it sees", "input", part, note=note)


def _back_pane(name: str, title: str, back: Tensor, keepable: bool = False) -> Pane:
    """Show what comes back: grey is 0, and few numbers are beyond what has full colour."""
    strong = float(back.abs().flatten().quantile(STRONG)) or float(back.abs().max())
    values = 0.5 + back / (2 * strong) if strong else torch.full_like(back, 0.5)
    note = f"grey is 0, full colour ±{short_text(strong)}" if strong else "nothing comes back"
    return _small(name, title, "output", values.clamp(0, 1), note=note, keepable=keepable)


def _patches_pane(state: told.State) -> Pane:
    patches: list[Patch] = []
    note = "searching"
    if state.found is not None:
        patches = patches_of(
            state.found.strongest,
            state.channel,
            PATCHES,
            lambda scene: held_out_scenes()[scene][0],
            state.layer.window,
        )
        note = told.patches_words(patches)
    whole = mosaic(patches, state.layer.field)
    return _small("patches", "strongest patches", "input", whole, note=note)


def mosaic(patches: list[Patch], field: tuple[int, int]) -> Tensor:
    """Lay patches side by side with thin gaps, the strongest first.

    Args:
        patches: nine at most.
        field: (height, width) of each.

    Returns:
        (3, height, width); white where there is none.
    """
    gap = max(1, max(field) // 12)
    height, width = (ACROSS * n + (ACROSS - 1) * gap for n in field)
    whole = torch.ones(3, height, width)
    for index, patch in enumerate(patches):
        row, column = divmod(index, ACROSS)
        top, left = row * (field[0] + gap), column * (field[1] + gap)
        whole[:, top : top + field[0], left : left + field[1]] = patch.pixels
    return whole


def _small(name: str, title: str, role: Role, values: Tensor, **more: Any) -> Pane:
    return Pane(name, title, role, values, "photo", tuple(values.shape), **more)


@lru_cache(maxsize=8)
def _links(inside: Inside, layer: MapLayer, size: tuple[int, int]) -> Links:
    """Let a place of the map frame what it sees of a picture of this size."""
    return receptive_links(list(inside.body)[: layer.index + 1], size, "map")


# ---------------------------------------------------------------------------------------- controls

_preset = preset_maker(weights=TRAINED, place="strongest")

LAB = LabDefinition(
    name="look-inside",
    title="Look inside",
    params=LookInsideParams,
    compute=compute,
    look=Look(columns=3, code_lines=2),
    controls=(
        Choice("source", "source", SOURCES, "input", in_header=True),
        PictureChoice(shown_with=("source", "picture")),
        Choice("weights", "network", WEIGHTS, "kernel", in_header=True),
        Seed(shown_with=("weights", UNTRAINED)),
        Choice("way", "way back", WAY_OPTIONS, "output", in_header=True),
        Choice("place", "place", PLACES, "output", in_header=True),
        Slider("scene", "scene", 0, SCENES - 1, "input", shown_with=("source", "scene")),
        Slider("layer", "layer", 1, LAYERS, "kernel"),
        Slider("channel", "map", 0, MOST_MAPS - 1, "output"),
        Work(
            name="search",
            label="searching",
            run=search_on,
            depends_on=("weights", "seed", "network", "scenes"),
            role="input",
            due=due,
            meanwhile=meanwhile,
            given_up=as_far_as_searched,
        ),
        Presets(
            "try",
            (
                _preset("conv1, map 6", layer=1, channel=6),
                _preset("conv3, map 11", layer=3, channel=11),
                _preset("conv7, map 9", layer=7, channel=9),
                _preset("conv7, map 30", layer=7, channel=30),
                _preset("conv7, map 36", layer=7, channel=36),
                _preset("untrained", layer=7, channel=36, weights=UNTRAINED),
            ),
            "kernel",
        ),
    ),
)
