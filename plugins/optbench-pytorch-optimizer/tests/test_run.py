"""Two of them in a benchmark from beginning to end, one of which calls its closure twice a step."""

import optbench

SUITE = """
name = "tiny"
timeout = 120

[protocol]
name = "defaults"
report_seeds = [1000]

[[tasks]]
name = "short"
task = "linear-regression"
steps = 20
evaluations = 3
targets = []

[[optimizers]]
name = "po.lion"

[[optimizers]]
name = "po.sam"
"""


def test_a_suite_runs_to_its_end(tmp_path):
    suite = tmp_path / "tiny.toml"
    suite.write_text(SUITE)
    finished = optbench.run(suite, results=tmp_path / "results")
    frame = optbench.load_results(finished.folder)
    print(frame.to_string())
    assert set(frame["status"]) == {"completed"}
    last = frame[frame["step"] == 20].set_index("optimizer")
    assert last.loc["po.lion", "gradient_evaluations"] == 20
    assert last.loc["po.sam", "gradient_evaluations"] == 40
