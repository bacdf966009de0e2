"""The conformance kit: what every component has to do, checked by behaviour.

On the command line it is `optbench check NAME`. In the tests of a plugin it is the fixture `conformance`, which comes
with optbench as a pytest plugin:

    import pytest

    @pytest.mark.optbench("optbench-lion")
    def test_conforms(conformance):
        conformance()
"""
