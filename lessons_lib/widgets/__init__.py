"""The labs as they are used in a notebook: call one as the last line of a cell."""

from __future__ import annotations

from lessons_lib.machine.memory import keep_freed_memory
from lessons_lib.machine.torchvision_cpu import make_torchvision_importable
from lessons_lib.widgets.lab.call import lab_call
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.question.question import question

# `from torchvision import transforms` works from here on, also beside a CPU torch.
make_torchvision_importable()
keep_freed_memory()

bias_lab = lab_call("bias")
bilinear_lab = lab_call("bilinear")
channels_lab = lab_call("channels")
checkerboard_lab = lab_call("checkerboard")
conv1d_lab = lab_call("conv1d")
conv3d_lab = lab_call("conv3d")
dilation_game = lab_call("dilation_game")
dilation_lab = lab_call("dilation")
enlarging_game = lab_call("enlarging_game")
fcn_shapes_lab = lab_call("fcn_shapes")
kernel_game = lab_call("kernel_game")
kernel_lab = lab_call("kernel")
learn_kernel_lab = lab_call("learn_kernel")
look_inside_lab = lab_call("look_inside")
matrix_lab = lab_call("matrix")
padding_game = lab_call("padding_game")
padding_lab = lab_call("padding")
padding_matrix_lab = lab_call("padding_matrix")
pooling_lab = lab_call("pooling")
pooling_grid_lab = lab_call("pooling_grid")
receptive_field_lab = lab_call("receptive_field")
reconstruction_lab = lab_call("reconstruction")
round_trip_lab = lab_call("round_trip")
seed_gallery_lab = lab_call("seed_gallery")
segmentation_lab = lab_call("segmentation")
separable_lab = lab_call("separable")
shift_lab = lab_call("shift")
sliding_window_lab = lab_call("sliding_window")
stride_game = lab_call("stride_game")
stride_lab = lab_call("stride")
transposed_game = lab_call("transposed_game")
transposed_lab = lab_call("transposed")
transposed_grid_lab = lab_call("transposed_grid")
upsampling_lab = lab_call("upsampling")
variants_lab = lab_call("variants")

__all__ = ["Lab", "question", *(name for name in dir() if name.endswith(("_lab", "_game")))]
