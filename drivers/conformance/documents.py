"""Conformance: what a driver says of itself, and its options."""

import re
import sys
import textwrap
import tomllib

import pytest

from drivers import registry, sim, words
from drivers.conformance.subject import Subject
from drivers.errors import PeripheralError, Reason
from drivers.interfaces import Kind
from drivers.sim.base import Simulator
from drivers.status import State
from drivers.transports.places import place_of

FORM = (
    "four blanks and [[kiosks.peripherals]] or [[nodes.peripherals]], then id, driver and options, "
    "then an empty line (docs/drivers.md)"
)
EXAMPLE = re.compile(r"^    \[\[(?:kiosks|nodes)\.peripherals\]\].*?(?:\n\n|\Z)", re.M | re.S)


class Documents:
    """A driver documents itself where `hall-devices` and readers look."""

    def test_it_is_registered_under_its_own_name_with_a_title(self, subject: Subject) -> None:
        spec = subject.spec
        assert spec.name == subject.driver, (
            f"its DriverSpec is named {spec.name}: give it the name of its entry point"
        )
        assert spec.title, "the DriverSpec has no title"
        assert spec.kind in Kind

    def test_a_simulator_is_registered_under_the_same_name(self, subject: Subject) -> None:
        assert subject.driver in sim.names(), (
            f"no simulator: write one, with an entry point {subject.driver} in {sim.GROUP}"
        )
        assert isinstance(subject.simulator, Simulator)
        assert subject.simulator.name == subject.driver
        for name in (*subject.simulator.controls, *subject.simulator.faults):
            assert hasattr(subject.simulator, name), f"the simulator has no {name}"

    def test_every_option_is_described(self, subject: Subject) -> None:
        fields = subject.spec.options.model_fields
        bare = ", ".join(name for name, field in fields.items() if not field.description)
        assert not bare, f"not described: {bare}; give each a Field(description=...)"

    def test_the_module_opens_with_an_example_that_is_accepted(self, subject: Subject) -> None:
        module = sys.modules[subject.spec.open.__module__]
        text = module.__doc__ or ""  # not cleaned: an example alone would lose its indent
        title = text.partition("\n")[0].strip()
        assert title, f"the docstring of {module.__name__} has no title: begin it with the model"
        found = EXAMPLE.search(text)
        assert found, f"no example in the docstring of {module.__name__}: {FORM}"
        (places,) = tomllib.loads(textwrap.dedent(found[0])).values()
        (entry,) = places["peripherals"] if isinstance(places, dict) else places[0]["peripherals"]
        assert entry.get("driver") == subject.driver, f"the example is of another driver: {FORM}"
        assert entry.get("id"), f"the example has no id: {FORM}"
        registry.check(subject.driver, entry.get("options", {}))

    def test_two_at_its_place_can_be_told(self, subject: Subject) -> None:
        options = subject.options()
        if not callable(getattr(options, "place", None)):
            pytest.skip(f"the options of {subject.driver} do not say where it is (no place())")
        assert place_of(options), "place() must return what open_transport takes, or a NamedPlace"
        apart = getattr(options, "told_apart_by", None) or {}
        unknown = ", ".join(name for name in apart if name not in type(options).model_fields)
        assert not unknown, f"told_apart_by names what is no option: {unknown}"

    def test_options_taken_as_they_are_told_are_valid(self, subject: Subject) -> None:
        options = subject.options()
        told = {name: getattr(options, name) for name in type(options).model_fields}
        assert registry.check(subject.driver, told) == options

    def test_an_unknown_option_is_refused(self, subject: Subject) -> None:
        options = {**subject.simulator.options, "no_such_option": 1}
        extra = subject.spec.options.model_config.get("extra")
        assert extra == "forbid", 'the options take anything: ConfigDict(extra="forbid")'
        with pytest.raises(PeripheralError) as caught:
            registry.check(subject.driver, options)
        assert caught.value.reason is Reason.BAD_OPTION
        assert "no_such_option" in caught.value.detail

    @pytest.mark.parametrize("language", ["zh", "en"])
    def test_there_are_words_for_all_that_can_happen(
        self, subject: Subject, language: words.Language
    ) -> None:
        kind = subject.spec.kind
        told = [words.of_reason(reason, kind, language) for reason in Reason]
        told += [words.of_state(state, kind, language) for state in State]
        for one in told:
            for sentence in (one.citizen, one.staff, one.technician):
                assert sentence
                assert not re.match(r"(reason|state)\.", sentence), f"no words: {sentence}"
