"""A recurrent network for next-token prediction."""

from __future__ import annotations

from torch import Tensor, nn

from optbench.builtin.options import check_dropout, check_name, check_positive

CELLS: dict[str, type[nn.RNN | nn.GRU | nn.LSTM]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class RNN(nn.Module):
    """Token embeddings, `layers` recurrent layers of a `cell`, and a linear output layer, all of one `width`.

    `rnn` is Elman's cell with tanh, `gru` that of Cho et al. 2014, `lstm` that of Hochreiter and Schmidhuber 1997 with
    a forget gate. `dropout` acts between layers, before the first and after the last one, never from one step to the
    next (Zaremba et al. 2014). PyTorch's default initialisation; each window begins with a state of zeros.

    `input_shape` is (T,), which a recurrent network does not depend on, `outputs` the vocabulary V. Raises
    `UsageError` for options that make no sense.
    """

    def __init__(
        self,
        input_shape: tuple[int, ...],
        outputs: int,
        *,
        cell: str = "lstm",
        layers: int = 2,
        width: int = 128,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        check_name("rnn", "cell", cell, CELLS)
        check_positive("rnn", layers=layers, width=width)
        check_dropout("rnn", dropout)
        between = dropout if layers > 1 else 0.0  # of one layer torch warns that nothing lies between
        self.tokens = nn.Embedding(outputs, width)
        self.dropout = nn.Dropout(dropout)
        self.layers = CELLS[cell](width, width, layers, batch_first=True, dropout=between)
        self.head = nn.Linear(width, outputs)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens [B, T] to the logits of each next token [B, T, V]."""
        states, _ = self.layers(self.dropout(self.tokens(tokens)))
        logits: Tensor = self.head(self.dropout(states))
        return logits
