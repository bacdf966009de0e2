"""A recurrent network for next-token prediction."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from optbench import UsageError
from optbench.builtin.options import check_dropout, check_name, check_positive

ACTIVATIONS, INITIALISATIONS = ("tanh", "relu"), ("default", "orthogonal")
CELLS: dict[str, type[nn.RNN | nn.GRU | nn.LSTM]] = {"rnn": nn.RNN, "gru": nn.GRU, "lstm": nn.LSTM}


class RNN(nn.Module):
    """Token embeddings, `layers` recurrent layers of a `cell`, and a linear output layer, all of one `width`.

    `rnn` is Elman's cell, with tanh or relu as its `activation`, which gated cells do not choose; `gru` is that of Cho
    et al. 2014, `lstm` that of Hochreiter and Schmidhuber 1997 with a forget gate. `dropout` acts between layers,
    before the first and after the last one, never from one step to the next (Zaremba et al. 2014). `initialisation` is
    PyTorch's by default, or that of `orthogonal_states`. Each window begins with a state of zeros.

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
        activation: str = "tanh",
        initialisation: str = "default",
    ) -> None:
        super().__init__()
        check_name("rnn", "cell", cell, CELLS)
        check_positive("rnn", layers=layers, width=width)
        check_dropout("rnn", dropout)
        check_name("rnn", "activation", activation, ACTIVATIONS)
        check_name("rnn", "initialisation", initialisation, INITIALISATIONS)
        if cell != "rnn" and activation != "tanh":
            raise UsageError(
                f"rnn: activation={activation!r} needs cell='rnn'; the gates of cell={cell!r} go with tanh"
            )
        between = dropout if layers > 1 else 0.0  # of one layer torch warns that nothing lies between
        self.tokens = nn.Embedding(outputs, width)
        self.dropout = nn.Dropout(dropout)
        chosen = {"nonlinearity": activation} if cell == "rnn" else {}
        self.layers = CELLS[cell](width, width, layers, batch_first=True, dropout=between, **chosen)
        self.head = nn.Linear(width, outputs)
        if initialisation == "orthogonal":
            orthogonal_states(self.layers)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map tokens [B, T] to the logits of each next token [B, T, V]."""
        states, _ = self.layers(self.dropout(self.tokens(tokens)))
        logits: Tensor = self.head(self.dropout(states))
        return logits


def orthogonal_states(layers: nn.RNNBase) -> None:
    """Draw weights anew so that a state keeps its length from step to step, and gradients with it.

    The matrix from state to state of each gate is orthogonal (Saxe et al. 2014, arXiv:1312.6120; Le et al. 2015 use the
    identity), those of inputs are uniform within ±sqrt(6 / (fan_in + fan_out)) (Glorot and Bengio 2010, equation 16),
    biases are zero but for the forget gate of an LSTM: 1 (Jozefowicz et al. 2015, section 2.2).
    """
    for name, parameter in layers.named_parameters():
        gates = torch.split(parameter, layers.hidden_size)
        if name.startswith("weight_hh"):
            for gate in gates:
                nn.init.orthogonal_(gate)
        elif name.startswith("weight_ih"):
            for gate in gates:
                nn.init.xavier_uniform_(gate)
        else:
            nn.init.zeros_(parameter)
            if layers.mode == "LSTM" and name.startswith("bias_ih"):
                nn.init.ones_(gates[1])
