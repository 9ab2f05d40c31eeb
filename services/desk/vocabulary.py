"""The catalogue of actors as the names that rules may use."""

from dataclasses import dataclass, field
from pathlib import Path

from services.alert.clauses import Term
from services.tag.adapters.live_tagger import on_change
from services.tag.adapters.watch_folder import load_catalogue
from services.tag.catalogue import Catalogue

MOST_REMEMBERED, MOST_NAMES = 1000, 20_000


@dataclass(frozen=True)
class CatalogueNames:
    """A vocabulary for the rule parser: every name of an actor, topic or group of the catalogue."""

    catalogue: Catalogue
    _known: dict[str, tuple[Term, ...]] = field(
        default_factory=dict, repr=False, compare=False
    )  # ten thousand rules ask
    _near: dict[str, str | None] = field(default_factory=dict, repr=False, compare=False)  # asked for before

    @property
    def version(self) -> str:
        """Version of the catalogue."""
        return self.catalogue.version

    def resolve(self, name: str) -> tuple[Term, ...]:
        """Return what a name means: one term, the members of a group, or nothing when it is unknown."""
        found = self._known.get(name)
        if found is None:
            found = self._resolved(name)
            if len(self._known) >= MOST_NAMES:
                self._known.clear()
            self._known[name] = found
        return found

    def _resolved(self, name: str) -> tuple[Term, ...]:
        id = self.catalogue.resolve(name)
        if id is None:
            return ()
        if id in self.catalogue.topics:
            return (Term("topic", id, name),)
        if id in self.catalogue.groups:
            return tuple(Term("actor", member, self._name(member)) for member in sorted(self.catalogue.members(id)))
        return (Term("actor", id, name),)

    def suggest(self, name: str) -> str | None:
        """Return the known name nearest to an unknown one; many rules at once miss an actor taken away."""
        if name not in self._near:
            if len(self._near) >= MOST_REMEMBERED:
                self._near.clear()
            self._near[name] = next(iter(self.catalogue.suggest(name)), None)
        return self._near[name]

    def _name(self, actor: str) -> str:
        known = self.catalogue.actors.get(actor)
        return known.names.get("en", actor) if known else actor


def vocabulary_of(catalogue: Catalogue) -> CatalogueNames:
    """Return the names of a catalogue, for `services.alert.rulebook.parse_rules`."""
    return CatalogueNames(catalogue)


def load_vocabulary(watch_dir: Path | None) -> CatalogueNames:
    """Return the names that rules may use: the built-in catalogue with what the user's folder adds and changes."""
    return vocabulary_of(load_catalogue(watch_dir))


on_catalogue_change = on_change  # the stages may not import each other; what watches the catalogue is one thing
