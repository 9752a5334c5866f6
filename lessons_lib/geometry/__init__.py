"""Where layers look: sizes, index tables, receptive fields, cost, refusals. Whole numbers only."""

from lessons_lib.geometry.arguments import PADDING_MODES
from lessons_lib.geometry.conv_refusals import explain_conv, explain_conv2d
from lessons_lib.geometry.cost import count_multiply_adds, count_weights
from lessons_lib.geometry.indices import padded_indices, source_indices
from lessons_lib.geometry.pooling import (
    explain_pool,
    pool_output_size,
    pool_source_indices,
    pool_window_indices,
)
from lessons_lib.geometry.receptive import (
    AxisLayer,
    receptive_field,
    receptive_field_counts,
    receptive_spans,
    receptive_steps,
)
from lessons_lib.geometry.refusals import IllegalSetting
from lessons_lib.geometry.sizes import conv_output_size, effective_kernel_size, same_padding
from lessons_lib.geometry.transposed import (
    conv_transpose_output_size,
    count_transposed_multiply_adds,
    inside_overlap_counts,
    output_padding_for,
    overlap_counts,
    stuffed_indices,
    transposed_source_indices,
    transposed_target_indices,
)
from lessons_lib.geometry.transposed_refusals import explain_conv_transpose2d
from lessons_lib.geometry.usage import read_mask, unread_fraction, usage_counts

__all__ = [
    "PADDING_MODES",
    "AxisLayer",
    "IllegalSetting",
    "conv_output_size",
    "conv_transpose_output_size",
    "count_multiply_adds",
    "count_transposed_multiply_adds",
    "count_weights",
    "effective_kernel_size",
    "explain_conv",
    "explain_conv2d",
    "explain_conv_transpose2d",
    "explain_pool",
    "inside_overlap_counts",
    "output_padding_for",
    "overlap_counts",
    "padded_indices",
    "pool_output_size",
    "pool_source_indices",
    "pool_window_indices",
    "read_mask",
    "receptive_field",
    "receptive_field_counts",
    "receptive_spans",
    "receptive_steps",
    "same_padding",
    "source_indices",
    "stuffed_indices",
    "transposed_source_indices",
    "transposed_target_indices",
    "unread_fraction",
    "usage_counts",
]
