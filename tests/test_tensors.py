"""What the door for tensors says where it refuses one."""

from __future__ import annotations

import pytest
import torch

from lessons_lib.tensors import check_alike, check_tensor


def test_a_dtype_that_differs_is_told_beside_the_one_it_must_be() -> None:
    weight, image = torch.ones(2, 3), torch.ones(4, 5).long()
    with pytest.raises(TypeError) as refusal:
        check_alike(weight, image, "weight", "image")
    assert str(refusal.value) == (
        "`weight` (dtype torch.float32) must have the dtype of `image` (torch.int64): "
        "convert it with weight.to(image.dtype)."
    )


def test_the_dtype_to_convert_to_is_the_first_of_those_allowed() -> None:
    with pytest.raises(TypeError) as refusal:
        check_tensor(torch.ones(2, 3).bool(), "image", dtypes=(torch.float16, torch.int8))
    assert str(refusal.value) == (
        "`image` (dtype torch.bool) must be one of float16, int8: convert it, for example with "
        "image.to(torch.float16)."
    )
