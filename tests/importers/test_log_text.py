"""Logs as printed lines."""

import pytest

from ablator.diagnose.log import Log
from ablator.importers.log_kinds import log_reading


def log_in(text: str) -> Log:
    reading = log_reading(text.encode(), "train.log", "train.log")
    assert reading is not None
    assert reading.log is not None
    return reading.log


def test_plain_lines() -> None:
    log = log_in("using cuda\nstep 100 | loss 2.31 | lr 3e-4\nsaved after 3 seconds\nstep 200 | loss nan | lr 2e-4\n")
    assert log.series["loss"].steps == (100.0, 200.0)
    assert log.series["loss"].values[0] == 2.31
    assert log.series["learning_rate"].values == (3e-4, 2e-4)


def test_lines_of_nanogpt() -> None:
    log = log_in(
        "step 0: train loss 4.28, val loss 4.27\niter 0: loss 4.26, time 99ms, mfu -100.00%\n"
        "iter 10: loss 3.1, time 9ms\nstep 10: train loss 3.2, val loss 3.3\n"
    )
    assert log.series["eval_loss"].values == (4.27, 3.3)
    assert log.series["loss"].steps == (0.0, 10.0)


def test_keras_draws_its_bar_anew() -> None:
    text = "".join(
        f"Epoch {e}/3\n 1/9 [>....] - ETA: 1s - loss: 9.0\r9/9 [====] - 1s 2ms/step - loss: {1 / e} - val_loss: 0.5\n"
        for e in (1, 2, 3)
    )
    log = log_in(text)
    assert log.series["loss"].values == (1.0, 0.5, 1 / 3)
    assert log.series["eval_loss"].steps == (1.0, 2.0, 3.0)


def test_steps_counted_anew_in_each_epoch_go_on() -> None:
    text = "".join(f"Epoch [{e}/2], Step [{s}/200], Loss: {3 - e}.5\n" for e in (1, 2) for s in (100, 200))
    assert log_in(text).series["loss"].steps == (100.0, 200.0, 300.0, 400.0)


def test_printed_rows_of_the_trainer() -> None:
    log = log_in("{'loss': 2.5, 'learning_rate': 5e-05, 'epoch': 0.5}\n{'loss': 2.1, 'grad_norm': 1.5, 'epoch': 1.0}\n")
    assert log.series["loss"].values == (2.5, 2.1)


@pytest.mark.parametrize(
    "text",
    [
        "lr: 3e-4\nepochs: 10\nloss: mse\n",
        "import torch\n# step 1 loss 2\n# step 2 loss 1\n",
        "We lost. A step 2 far.\n",
    ],
)
def test_settings_and_prose_are_no_log(text: str) -> None:
    assert log_reading(text.encode(), "a.txt", "a.txt") is None


def test_pytorch_examples_count_samples_and_print_a_ratio() -> None:
    lines = []
    for epoch in (1, 2):
        lines += [
            f"Train Epoch: {epoch} [{n * 640}/6000 ({n * 10}%)]\tLoss: {3 - epoch - n / 10:.6f}" for n in range(9)
        ]
        lines += ["", f"Test set: Average loss: {0.5 / epoch:.4f}, Accuracy: {90 + epoch}/100 ({90 + epoch}%)", ""]
    reading = log_reading("\n".join(lines).encode(), "out.log", "out.log")
    assert reading is not None
    log = reading.log
    assert log is not None
    assert log.series["loss"].steps[:2] == (0.0, 640.0)
    assert log.series["loss"].steps[9] == 6000.0
    assert log.series["eval_loss"].values == (0.5, 0.25)
    assert log.series["eval_accuracy"].values == (0.91, 0.92)
    assert log.series["eval_loss"].steps == (5120.0, 11120.0)
    assert reading.unknown == ("steps: the lines count samples, not steps",)


def test_lines_of_megatron_name_two_words() -> None:
    form = (
        " [2024-01-01 10:00:00] iteration {0:8d}/ 100 | learning rate: 1.0E-04 | lm loss: {1:.6E} | grad norm: 1.203 |"
    )
    lines = [form.format(n, 3 - n / 100) for n in (10, 20)]
    log = log_in(
        "\n".join([*lines, " validation loss at iteration 20 | lm loss value: 2.5E+00 | lm loss PPL: 8.1E+00 |"])
    )
    assert log.series["loss"].steps == (10.0, 20.0)
    assert log.series["learning_rate"].values == (1e-4, 1e-4)
    assert log.series["grad_norm"].values == (1.203, 1.203)
    assert log.series["eval_loss"].values == (2.5,)


def test_lines_of_fairseq_count_updates() -> None:
    form = "2023-01-01 10:00:{0} | INFO | train_inner | epoch 001:   {0} / 99 loss={1}, num_updates={2}, lr=0.0005"
    lines = [form.format(n, 5 - n / 20, n * 10) for n in (10, 20)]
    log = log_in("\n".join([*lines, "2023-01-01 | INFO | valid | epoch 001 | loss 3.2 | ppl 9.1 | num_updates 200"]))
    assert log.series["loss"].steps == (100.0, 200.0)
    assert log.series["eval_loss"].values == (3.2,)


def test_lines_of_timm_go_on_through_the_epochs() -> None:
    lines = [f"Train: {e} [{b:4d}/10 ({b * 10:3d}%)]  Loss: {3 - e:.3f} ({3 - e:.2f})" for e in (0, 1) for b in (0, 9)]
    assert log_in("\n".join(lines)).series["loss"].steps == (0.0, 9.0, 10.0, 19.0)
