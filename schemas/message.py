"""The one base of everything that flows: frozen, versioned, lenient to fields it does not know."""

from typing import Self

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A piece of a message: frozen, and lenient to fields that a newer sender added."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Message(Part):
    """A message on a stream: one JSON object in one field, readable by a client in any language."""

    v: int = 1

    def to_json(self) -> bytes:
        """Return the message as UTF-8 JSON; fields that are unknown (None) are left out."""
        return self.__pydantic_serializer__.to_json(self, exclude_none=True)

    @classmethod
    def from_json(cls, data: bytes | str) -> Self:
        """Return the message in `data`; raises pydantic.ValidationError when it is not one."""
        return cls.model_validate_json(data)
